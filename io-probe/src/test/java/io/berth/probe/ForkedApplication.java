package io.berth.probe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Starts a {@link PlainApplication} in a JVM of its own, as a user of the probe would. */
final class ForkedApplication {
    static final Path JAR = Path.of("target", "berth-io-probe.jar").toAbsolutePath();

    private final Path directory;
    private final Map<String, String> conf = new LinkedHashMap<>();
    private final List<String> launcher = new ArrayList<>();
    private final List<String> firstAgents = new ArrayList<>();
    private String shadow = "";
    private final List<String> options = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private Path agentJar = JAR;
    private String agentOptions = "";
    private boolean agent = true;
    private boolean s3a;

    /** What came of it. */
    record Ended(int exitCode, String out, String err, Path json) {
        String answer(String part) {
            String start = "answer: " + part + ": ";
            return out.lines()
                    .filter(line -> line.startsWith(start))
                    .map(line -> line.substring(start.length()))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no answer; exit code " + exitCode + "\n" + out + err));
        }

        JsonNode summary() {
            try {
                return new ObjectMapper().readTree(json.toFile());
            } catch (IOException e) {
                throw new AssertionError("no summary; exit code " + exitCode + "\n" + out + err, e);
            }
        }
    }

    ForkedApplication(Path directory) {
        this.directory = directory;
        conf.put("spark.app.name", "plain");
        conf.put("spark.master", "local[2]");
        conf.put("spark.ui.enabled", "false");
        conf.put("spark.sql.shuffle.partitions", "2");
        conf.put("spark.sql.warehouse.dir", directory.resolve("warehouse").toString());
        conf.put("spark.local.dir", directory.resolve("local").toString());
        conf.put("spark.driver.bindAddress", "127.0.0.1");
        conf.put("spark.driver.host", "127.0.0.1");
        conf.put("spark.plugins", "io.berth.probe.IoProbePlugin");
        conf.put("spark.berth.probe.output", directory.resolve("probe.json").toString());
    }

    ForkedApplication conf(String key, String value) {
        conf.put(key, value);
        return this;
    }

    ForkedApplication jvm(String... more) {
        options.addAll(Arrays.asList(more));
        return this;
    }

    ForkedApplication agentOptions(String value) {
        agentOptions = value;
        return this;
    }

    /** With the probe's jar from another place. */
    ForkedApplication agentJar(Path jar) {
        agentJar = jar;
        return this;
    }

    /** One executor in a JVM of its own. */
    ForkedApplication cluster() throws IOException {
        return cluster(1);
    }

    /** Executors in JVMs of their own, without the agent, but with the plugin on their class path. */
    ForkedApplication clusterWithoutAgents() throws IOException {
        cluster(1);
        conf.put("spark.executor.extraClassPath", classPath() + File.pathSeparator + JAR);
        conf.put("spark.executor.extraJavaOptions", "-XX:+UseSerialGC");
        return this;
    }

    /** Executors in JVMs of their own, which fetch from each other as if they were on different machines. */
    ForkedApplication cluster(int executors) throws IOException {
        // Spark refuses to start a worker from a bare class path: it looks for a distribution or a build of itself.
        Path home = Files.createDirectories(directory.resolve("spark-home"));
        Files.createDirectories(home.resolve("jars"));
        environment.put("SPARK_HOME", home.toString());
        environment.put("SPARK_SCALA_VERSION", "2.13");
        conf.put("spark.master", "local-cluster[" + executors + ",2,1024]");
        // Else all tasks may have run before the last executor is there.
        // Of these, which Spark does not count itself.
        conf.put("spark.cores.max", String.valueOf(2 * executors));
        conf.put("spark.scheduler.minRegisteredResourcesRatio", "1");
        conf.put("spark.scheduler.maxRegisteredResourcesWaitingTime", "300s");
        conf.put("spark.shuffle.readHostLocalDisk", "false");
        conf.put("spark.executor.memory", "1g");
        conf.put("spark.executor.extraClassPath", classPath());
        conf.put("spark.executor.extraJavaOptions", "-XX:+UseSerialGC -javaagent:" + JAR + agentOptions);
        return this;
    }

    /** Reads of these classes are delayed, as the probe's test of itself does it. */
    ForkedApplication delayed(String... types) {
        firstAgents.add("-javaagent:" + JAR + "=delay=" + String.join(",delay=", types));
        return this;
    }

    /** As if the machine had that many cores less: only the first one is used. */
    ForkedApplication onOneCore() {
        launcher.addAll(List.of("taskset", "-c", "0"));
        return this;
    }

    /** Classes that come before everything else on the application's class path. */
    ForkedApplication shadowedBy(Path classes) {
        shadow = classes + File.pathSeparator;
        return this;
    }

    /** With S3A on the class path. */
    ForkedApplication withS3a() {
        s3a = true;
        return this;
    }

    ForkedApplication withoutProbe() {
        agent = false;
        conf.remove("spark.plugins");
        return this;
    }

    Ended run(String application) throws IOException, InterruptedException {
        return run(PlainApplication.class.getName(), application, directory.toString());
    }

    Ended run(String main, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(MODULES);
        command.addAll(firstAgents);
        if (agent) {
            command.add("-javaagent:" + agentJar + agentOptions);
        }
        command.addAll(options);
        conf.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.addAll(List.of("-cp", shadow + classPath(), main));
        command.addAll(Arrays.asList(arguments));
        return run(directory, command, environment);
    }

    /** Runs a command of which the application is a part. */
    static Ended run(Path directory, List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path out = directory.resolve("out.log");
        Path err = directory.resolve("err.log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(environment);
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        Process process = builder.start();
        try {
            if (!process.waitFor(900, TimeUnit.SECONDS)) {
                throw new AssertionError("still running after 900 s\n" + Files.readString(err));
            }
        } finally {
            process.destroyForcibly();
        }
        return new Ended(
                process.exitValue(), Files.readString(out), Files.readString(err), directory.resolve("probe.json"));
    }

    /** The application's own: Spark and the tests' classes, without the probe, whose jar comes with the agent. */
    private String classPath() {
        return classPath(s3a);
    }

    static String classPath(boolean s3a) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.endsWith("berth-io-probe.jar")
                        && !entry.endsWith("/io-probe/target/classes")
                        && !entry.contains("berth-model")
                        && !entry.contains("hadoop-client-minicluster")
                        && (s3a || !isS3a(entry))
                        && !entry.endsWith("/model/target/classes"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static boolean isS3a(String entry) {
        return entry.contains("hadoop-aws") || entry.contains("/software/amazon/");
    }

    /** What Spark's own launcher adds on Java 17 (org.apache.spark.launcher.JavaModuleOptions). */
    private static final List<String> MODULES = List.of(
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.invoke=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.net=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
            "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.cs=ALL-UNNAMED",
            "--add-opens=java.base/sun.security.action=ALL-UNNAMED",
            "--add-opens=java.base/sun.util.calendar=ALL-UNNAMED");
}

package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lines of docs/io-probe.md, given to Spark's own launcher as {@code spark-submit} does it. */
final class SubmitIT {
    private static final Path DOCUMENT = Path.of(System.getProperty("berth.home"), "docs/io-probe.md");

    @TempDir
    private Path directory;

    @Test
    void theDocumentedLinesMeasureAnApplicationAndItsExecutors() throws Exception {
        Path home = sparkHome();
        Path json = directory.resolve("probe.json");
        List<String> arguments = new ArrayList<>();
        for (String word : documented()) {
            arguments.add(word.replace("/opt/berth/berth-io-probe.jar", ForkedApplication.JAR.toString())
                    .replace("/tmp/probe.json", json.toString()));
        }
        arguments.addAll(List.of("--master", "local-cluster[1,2,1024]", "--driver-memory", "1g"));
        for (String conf : List.of(
                "spark.executor.memory=1g",
                "spark.ui.enabled=false",
                "spark.driver.bindAddress=127.0.0.1",
                "spark.driver.host=127.0.0.1",
                "spark.local.dir=" + directory.resolve("local"),
                "spark.sql.warehouse.dir=" + directory.resolve("warehouse"))) {
            arguments.addAll(List.of("--conf", conf));
        }
        arguments.addAll(List.of("--class", PlainApplication.class.getName()));
        arguments.addAll(List.of(applicationJar().toString(), "write-and-read", directory.toString()));
        Map<String, String> environment = Map.of("SPARK_HOME", home.toString(), "SPARK_SCALA_VERSION", "2.13");

        ForkedApplication.Ended ended = ForkedApplication.run(directory, launched(arguments, environment), environment);

        assertThat(ended.answer("write-and-read")).isEqualTo("[1249975000,50000]");
        assertThat(ended.err()).contains("berth-io-probe: ", "the probe's own cost: ");
        JsonNode summary = ended.summary();
        assertThat(summary.at("/format").asInt()).isEqualTo(1);
        assertThat(summary.at("/applicationId").asText()).startsWith("app-");
        assertThat(summary.at("/completeness/tasksSeen").asInt())
                .isEqualTo(summary.at("/completeness/tasksStarted").asInt())
                .isGreaterThanOrEqualTo(8);
        assertThat(summary.at("/completeness/executorsWithoutAgent").asInt()).isZero();
        assertThat(summary.at("/stages/0/successful/costs/write/bytes").asLong())
                .isPositive();
    }

    @Test
    void everyKeyOfTheSummaryIsDocumented() throws Exception {
        ForkedApplication.Ended ended = new ForkedApplication(directory).run("save-and-list");
        String document = Files.readString(DOCUMENT);

        List<String> keys = new ArrayList<>();
        collectKeys(ended.summary(), keys);
        // Categories and names of classes are keys, too.
        keys.removeIf(key -> key.contains("-") || key.contains("."));

        assertThat(keys).contains("format", "blockedFraction", "encoded").allSatisfy(key -> assertThat(document)
                .contains("`" + key + "`"));
    }

    private static void collectKeys(JsonNode node, List<String> keys) {
        node.fieldNames().forEachRemaining(keys::add);
        node.forEach(child -> collectKeys(child, keys));
    }

    /** The words of the first command, without the dots that stand for the rest. */
    private static List<String> documented() throws Exception {
        Matcher command =
                Pattern.compile("(?s)```\\nspark-submit (.*?)\\.\\.\\.\\n```").matcher(Files.readString(DOCUMENT));
        assertThat(command.find()).as("a command in " + DOCUMENT).isTrue();
        // Nothing in quotes holds a blank.
        return List.of(
                command.group(1).replace("\\\n", " ").replace("\"", "").strip().split("\\s+", -1));
    }

    /** What {@code bin/spark-class} does: Spark's launcher prints the command that the shell then becomes. */
    private List<String> launched(List<String> arguments, Map<String, String> environment) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                ForkedApplication.classPath(false),
                "org.apache.spark.launcher.Main",
                "org.apache.spark.deploy.SparkSubmit"));
        command.addAll(arguments);
        Path launcher = Files.createDirectories(directory.resolve("launcher"));
        ForkedApplication.Ended ended = ForkedApplication.run(launcher, command, environment);
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        return Arrays.stream(ended.out().split("\0", -1))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** A distribution whose only jar names all others. */
    private Path sparkHome() throws Exception {
        Path home = directory.resolve("spark-home");
        Path jars = Files.createDirectories(home.resolve("jars"));
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Arrays.stream(ForkedApplication.classPath(false).split(File.pathSeparator, -1))
                                .filter(entry -> entry.endsWith(".jar"))
                                .map(entry -> Path.of(entry).toUri().toString())
                                .collect(Collectors.joining(" ")));
        try (OutputStream file = Files.newOutputStream(jars.resolve("all.jar"))) {
            new JarOutputStream(file, manifest).close();
        }
        return home;
    }

    private Path applicationJar() throws Exception {
        Path classes = Path.of("target", "test-classes");
        Path jar = directory.resolve("application.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> files = Files.walk(classes.resolve("io/berth/probe"), 1)) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(each).toString()));
                Files.copy(each, out);
                out.closeEntry();
            }
        }
        return jar;
    }
}

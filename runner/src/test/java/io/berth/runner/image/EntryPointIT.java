package io.berth.runner.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image's entry point with the real application, outside of a container. */
class EntryPointIT {
    private static final Path HOME = Path.of(System.getProperty("berth.home"));
    private static final String AWKWARD = "it's \"so\" $HOME `x` \\n *";

    @TempDir
    private Path temp;

    private final Map<String, String> environment = new HashMap<>();

    private record Ending(int exitCode, String output) {}

    @BeforeEach
    void layOut() throws IOException {
        Path application = HOME.resolve("workloads/target/app").toRealPath();
        Files.createSymbolicLink(temp.resolve("jars"), application.resolve("jars"));
        Files.createSymbolicLink(temp.resolve("jvm.options"), application.resolve("jvm.options"));
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("SPARK_SCALA_VERSION", "2.13");
        environment.put("SPARK_HOME", temp.toString());
        environment.put("BERTH_HOME", HOME.toString());
        environment.put(
                "HADOOP_HOME",
                HOME.resolve("storage-profiles/servers/hdfs/target/server").toString());
    }

    @Test
    void aDriverHasTheJvmThatItsConfAsksFor() throws Exception {
        Files.writeString(temp.resolve("spark.conf"), """
                spark.master=local[1]
                spark.driver.memory=345m
                spark.driver.extraJavaOptions=-XshowSettings:all -Dberth.test="it's \\\\"so\\\\""
                """);

        Ending ending = run(
                "driver",
                "--properties-file",
                temp.resolve("spark.conf"),
                "--class",
                "io.berth.workloads.Application",
                temp.resolve("jars/berth-workloads.jar"),
                AWKWARD,
                "records",
                "and one too many");

        assertThat(ending.output())
                .contains("Max. Heap Size: 345.00M", "berth.test = it's \"so\"")
                .contains(AWKWARD)
                .contains("usage: Application");
        assertThat(ending.exitCode()).isEqualTo(2);
    }

    @Test
    void anExecutorHasTheOptionsThatSparkCountsFromZero() throws Exception {
        Stream.of(
                        "DRIVER_URL",
                        "EXECUTOR_ID",
                        "EXECUTOR_CORES",
                        "APPLICATION_ID",
                        "EXECUTOR_POD_IP",
                        "RESOURCE_PROFILE_ID",
                        "EXECUTOR_POD_NAME")
                .forEach(name -> environment.put("SPARK_" + name, "1"));
        environment.put("SPARK_EXECUTOR_MEMORY", "123m");
        environment.put("SPARK_JAVA_OPT_0", "-Dfirst=" + AWKWARD);
        for (int i = 1; i < 10; i++) {
            environment.put("SPARK_JAVA_OPT_" + i, "-Dsame=" + i);
        }
        environment.put("SPARK_JAVA_OPT_10", "-Dsame=last");
        environment.put("SPARK_JAVA_OPT_11", "-XshowSettings:all");

        Ending ending = run("executor");

        assertThat(ending.output())
                .contains("Max. Heap Size: 123.00M", "first = " + AWKWARD, "same = last")
                .contains("java.class.path = " + temp.resolve("conf"))
                // It comes as far as its first look at what it was told.
                .contains("Invalid Spark URL");
        assertThat(ending.exitCode()).isEqualTo(1);
    }

    @Test
    void executorsTakeTurnsWithTheAddressesOfAStorage() throws Exception {
        Path link = temp.resolve("data");
        environment.put("BERTH_SPREAD", link + " /volumes/data-0 /volumes/data-1");
        Map<String, String> turns = new LinkedHashMap<>();
        for (String executor : List.of("", "1", "2", "3", "4")) {
            if (!executor.isEmpty()) {
                environment.put("SPARK_EXECUTOR_ID", executor);
            }
            run("nonsense");
            turns.put(executor, Files.readSymbolicLink(link).toString());
        }

        assertThat(turns)
                .containsExactly(
                        entry("", "/volumes/data-0"),
                        entry("1", "/volumes/data-0"),
                        entry("2", "/volumes/data-1"),
                        entry("3", "/volumes/data-0"),
                        entry("4", "/volumes/data-1"));
    }

    @Test
    void helpersAreMainClassesOfTheApplication() throws Exception {
        Ending ending = run("main", "io.berth.workloads.Application");

        assertThat(ending.output()).contains("usage: Application");
        assertThat(ending.exitCode()).isEqualTo(2);
    }

    @Test
    void theCommandLineFindsWhatItBringsAlong() throws Exception {
        Ending ending = run("berth", "plan", HOME.resolve("suites/kubernetes.yaml"), "--seed", "1");

        assertThat(ending.output()).contains("--seed 1", "portworx-standin");
        assertThat(ending.exitCode()).isZero();
    }

    @Test
    void daemonsWantToBeToldWhereTheirSettingsAre() throws Exception {
        assertThat(run("namenode"))
                .isEqualTo(
                        new Ending(
                                2,
                                "entrypoint: HADOOP_CONF_DIR is \"\"; mount a directory with core-site.xml and hdfs-site.xml there\n"));
    }

    @Test
    void nonsenseAndABaseWithoutJavaAreExplained() throws Exception {
        assertThat(run("nonsense").output()).contains("\"nonsense\" is not known (known: driver, executor");
        environment.put("JAVA_HOME", temp.resolve("nowhere").toString());
        assertThat(run("executor").output()).contains("the base of this image has no Java");
    }

    private Ending run(Object... arguments) throws IOException, InterruptedException {
        List<String> command = Stream.concat(Stream.of("sh", HOME.resolve("image/entrypoint")), Stream.of(arguments))
                .map(String::valueOf)
                .toList();
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(temp.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.environment().remove("HADOOP_CONF_DIR");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ending(process.waitFor(), output);
    }
}

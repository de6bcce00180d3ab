package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.results.Measurements;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.TrialOutcome;
import io.berth.runner.cli.Cli;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --master spark://…} against a real master and a real worker on loopback. */
class StandaloneClusterIT {
    private static final Path HOME = Path.of(System.getProperty("berth.home"));
    private static final Path APPLICATION = HOME.resolve("workloads/target/app");
    private static final Pattern MASTER = Pattern.compile("Starting Spark master at (spark://\\S+)");

    @TempDir
    private Path temp;

    private final Deque<Process> servers = new ArrayDeque<>();
    private String master;

    @BeforeEach
    void startCluster() throws IOException, InterruptedException {
        Path masterLog = temp.resolve("master.log");
        start(
                masterLog,
                "org.apache.spark.deploy.master.Master",
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--webui-port",
                "0");
        master = await(() -> find(masterLog, MASTER).map(found -> found.group(1)));
        Path workerLog = temp.resolve("worker.log");
        start(
                workerLog,
                "org.apache.spark.deploy.worker.Worker",
                "--host",
                "127.0.0.1",
                "--webui-port",
                "0",
                "--cores",
                "2",
                "--memory",
                "1g",
                "--work-dir",
                temp.resolve("work").toString(),
                master);
        await(() -> find(workerLog, Pattern.compile("Successfully registered with master")));
    }

    @AfterEach
    void stopCluster() throws InterruptedException {
        List<ProcessHandle> executors = executors().toList();
        while (!servers.isEmpty()) {
            servers.pop().destroyForcibly().waitFor();
        }
        // An executor ends when its worker has gone; waiting keeps the temporary directory removable.
        await(() -> executors.stream().anyMatch(ProcessHandle::isAlive) ? Optional.empty() : Optional.of(true));
    }

    @Test
    void aTrialRunsOnExecutorsOfItsOwnWithTheProbeOn() throws IOException {
        assertThat(berth("run", suite(), "--master", master, "--out", temp.resolve("results")))
                .as(log())
                .isZero();

        Measurements measurements = measurements();
        assertThat(measurements.stages())
                .isNotEmpty()
                .allSatisfy(stage -> assertThat(stage.tasks()).isNotEmpty().allSatisfy(task -> {
                    assertThat(task.executor()).isNotEqualTo("driver");
                    assertThat(task.io()).as("seen by the I/O probe").isPresent();
                }));
    }

    private Path suite() throws IOException {
        Path profile = Files.writeString(temp.resolve("shared.yaml"), """
                name: shared
                backend: local
                description: a directory that driver and executors share
                accessType: local
                settings: {directory: %s}
                """.formatted(temp.resolve("storage")));
        return Files.writeString(temp.resolve("suite.yaml"), """
                name: small
                profiles: [%s]
                blocks: 1
                workloads:
                  - name: throughput
                    warmup: 0
                    iterations: 1
                    parameters: {files: 4, fileMiB: 16, randomReads: 4}
                spark:
                  spark.executor.memory: 512m
                  spark.executor.cores: "1"
                """.formatted(profile));
    }

    private Measurements measurements() {
        return ResultsDirectory.open(temp.resolve("results")).results().trials().stream()
                .filter(result -> result.trial().block() == 1)
                .map(result -> ((TrialOutcome.Completed) result.decisive().outcome()).measurements())
                .findFirst()
                .orElseThrow();
    }

    private void start(Path log, String... mainAndArguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + APPLICATION.resolve("jvm.options"),
                "-Xmx256m",
                // The application's own is silent at the level at which servers tell that they are up.
                "-Dlog4j2.configurationFile=classpath:org/apache/spark/log4j2-defaults.properties",
                "-cp",
                APPLICATION.resolve("jars") + "/*",
                "io.berth.model.process.Leash"));
        command.addAll(List.of(mainAndArguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("SPARK_HOME", APPLICATION.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        servers.push(builder.start());
    }

    /** The worker, which was started last, is the parent of its executors. */
    private Stream<ProcessHandle> executors() {
        return servers.getFirst().descendants().filter(process -> process.info()
                .commandLine()
                .filter(line -> line.contains("CoarseGrainedExecutorBackend"))
                .isPresent());
    }

    private static Optional<Matcher> find(Path file, Pattern pattern) {
        try {
            Matcher matcher = pattern.matcher(Files.exists(file) ? Files.readString(file) : "");
            return matcher.find() ? Optional.of(matcher) : Optional.empty();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static <T> T await(Supplier<Optional<T>> wanted) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (System.nanoTime() < deadline) {
            Optional<T> found = wanted.get();
            if (found.isPresent()) {
                return found.get();
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new AssertionError("waited for 60 s in vain");
    }

    private int berth(Object... args) throws IOException {
        try (PrintStream err =
                new PrintStream(Files.newOutputStream(temp.resolve("err")), true, StandardCharsets.UTF_8)) {
            return Cli.execute(
                    HOME, err, err, Stream.of(args).map(String::valueOf).toArray(String[]::new));
        }
    }

    private String log() throws IOException {
        return Files.readString(temp.resolve("err"));
    }
}

package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.berth.model.results.Attempt;
import io.berth.model.results.MountFact;
import io.berth.model.results.TrialOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --master spark://…} against a real master and a real worker on loopback. */
@Tag("long")
class StandaloneClusterIT {
    private static final Pattern MASTER = Pattern.compile("Starting Spark master at (spark://\\S+)");

    /** The master hears of a driver that has gone when its connection breaks. */
    private static final Duration EXECUTORS_END_WITHIN = Duration.ofSeconds(30);

    @TempDir
    private Path temp;

    private final Deque<Process> servers = new ArrayDeque<>();
    private RealBerth berth;
    private String master;

    @BeforeEach
    void startMaster() throws IOException {
        Path masterLog = temp.resolve("master.log");
        berth = new RealBerth(temp);
        start(
                List.of(),
                masterLog,
                "org.apache.spark.deploy.master.Master",
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--webui-port",
                "0");
        master = RealBerth.await(() -> find(masterLog, MASTER).map(found -> found.group(1)));
    }

    /** @param wrapper a command that starts the worker */
    private void startWorker(List<String> wrapper) throws IOException {
        Path workerLog = temp.resolve("worker.log");
        start(
                wrapper,
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
        RealBerth.awaitText(workerLog, "Successfully registered with master");
    }

    @AfterEach
    void stopCluster() throws InterruptedException {
        List<ProcessHandle> executors =
                servers.isEmpty() ? List.of() : executors().toList();
        while (!servers.isEmpty()) {
            servers.pop().destroyForcibly().waitFor();
        }
        // An executor ends when its worker has gone; waiting keeps the temporary directory removable.
        RealBerth.await(
                () -> executors.stream().anyMatch(ProcessHandle::isAlive) ? Optional.empty() : Optional.of(true));
    }

    @Test
    void aTrialRunsOnExecutorsOfItsOwnWithTheProbeOn() throws Exception {
        startWorker(List.of());

        assertThat(berth.run("run", suite(shared(), 1), "--master", master, "--out", berth.results()))
                .as(berth.log())
                .isZero();

        assertThat(berth.measurements("block1-throughput-shared").stages())
                .isNotEmpty()
                .allSatisfy(stage -> assertThat(stage.tasks()).isNotEmpty().allSatisfy(task -> {
                    assertThat(task.executor()).isNotEqualTo("driver");
                    assertThat(task.io()).as("seen by the I/O probe").isPresent();
                }));
        Attempt attempt = berth.attempt("block1-throughput-shared");
        assertThat(attempt.mounts()).extracting(MountFact::process).contains("driver", "executor 0", "executor 1");
        // A worker has a scratch space of its own.
        assertThat(attempt.mounts())
                .filteredOn(mount ->
                        mount.role().equals("scratch") && mount.process().startsWith("executor"))
                .hasSize(2)
                .allSatisfy(mount -> assertThat(mount.path())
                        .startsWith(temp.resolve("workers-scratch").toString()));
        assertThat(attempt.warnings())
                .filteredOn(warning -> warning.code().equals("scratch-elsewhere"))
                .singleElement()
                .satisfies(warning -> assertThat(warning.message())
                        .matches("scratch of executor [01] is in " + temp.resolve("workers-scratch") + ".*"));
    }

    @Test
    void executorsEndWhenTheTrialsTimeIsUp() throws Exception {
        startWorker(List.of());

        int exitCode = berth.run("run", endless(30), "--master", master, "--out", berth.results());

        assertThat(exitCode).as(berth.log()).isEqualTo(4);
        assertThat(berth.attempt("block1-throughput-shared").outcome()).isInstanceOf(TrialOutcome.TimedOut.class);
        assertNoExecutorSurvives();
    }

    @Test
    void executorsEndWhenTheRunnerIsKilled() throws Exception {
        startWorker(List.of());
        Process runner = berth.start(Map.of(), "run", endless(600), "--master", master, "--out", berth.results());
        RealBerth.awaitText(berth.results().resolve("logs/block1-throughput-shared.records.jsonl"), "\"index\":0");
        assertThat(executors()).isNotEmpty();

        runner.destroyForcibly().waitFor();

        assertNoExecutorSurvives();
    }

    private void assertNoExecutorSurvives() throws InterruptedException {
        long deadline = System.nanoTime() + EXECUTORS_END_WITHIN.toNanos();
        while (executors().findAny().isPresent() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(executors()).isEmpty();
    }

    private Path endless(int timeLimit) throws IOException {
        return berth.suite("""
                - name: throughput
                  warmup: 0
                  iterations: 1000
                  timeLimit: %d
                  parameters: {files: 2, fileMiB: 2, randomReads: 2}
                  spark:
                    spark.executor.memory: 512m
                    spark.executor.cores: "1"
                """.formatted(timeLimit), shared());
    }

    @Test
    void aLostExecutorIsReplacedAndTheTrialSaysThatItWasDisturbed() throws Exception {
        startWorker(List.of());
        Path records = berth.results().resolve("logs/block1-throughput-shared.records.jsonl");
        Thread killer = new Thread(() -> {
            RealBerth.awaitText(records, "\"index\":0");
            executors().findFirst().orElseThrow().destroyForcibly();
        });
        killer.start();

        // So many tasks that the few that are lost with an executor leave the probe's view of them complete enough.
        int exitCode = berth.run("run", suite(shared(), 24), "--master", master, "--out", berth.results());

        killer.join();
        assertThat(exitCode).as(berth.log()).isZero();
        Attempt attempt = berth.attempt("block1-throughput-shared");
        assertThat(attempt.outcome()).isInstanceOf(TrialOutcome.Completed.class);
        assertThat(attempt.warnings()).anySatisfy(warning -> assertThat(warning.code() + ": " + warning.message())
                .matches("disturbed: executor [01] was lost \\(.+\\)"));
        assertThat(berth.log()).contains("disturbed");
    }

    /** The worker has a file system of its own where the driver has another one. */
    @Test
    void anExecutorOnAnotherMountFailsTheTrial() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mount what this needs");
        Path mounted = Files.createDirectory(temp.resolve("mounted"));
        RealBerth.command("mount", "-t", "tmpfs", "the-filer", mounted.toString());
        try {
            startWorker(List.of(
                    "unshare",
                    "--mount",
                    "sh",
                    "-c",
                    "mount -t tmpfs another " + mounted + " && mkdir " + mounted + "/berth && exec \"$@\"",
                    "sh"));
            Path profile = berth.profile("shared", """
                    backend: mount
                    description: a filer that one of the nodes hasn't mounted
                    accessType: nas
                    settings: {path: %s, fsType: tmpfs, source: the-filer}
                    """.formatted(mounted));

            int exitCode = berth.run("run", suite(profile, 1), "--master", master, "--out", berth.results());

            assertThat(exitCode).as(berth.log()).isEqualTo(4);
            assertThat(berth.cells().get(0).path("reason").textValue())
                    .matches("infrastructure: .*executor [01]: " + mounted
                            + " is tmpfs from another .* but should be tmpfs from the-filer.*");
        } finally {
            stopCluster();
            RealBerth.command("umount", mounted.toString());
        }
    }

    private Path shared() throws IOException {
        return berth.local("shared", temp.resolve("storage"));
    }

    private Path suite(Path profile, int iterations) throws IOException {
        return berth.suite("""
                - name: throughput
                  warmup: 0
                  iterations: %d
                  parameters: {files: 8, fileMiB: 4, randomReads: 4}
                  spark:
                    spark.executor.memory: 512m
                    spark.executor.cores: "1"
                """.formatted(iterations), profile);
    }

    private void start(List<String> wrapper, Path log, String... mainAndArguments) throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + RealBerth.APPLICATION.resolve("jvm.options"),
                "-Xmx256m",
                // The application's own is silent at the level at which servers tell that they are up.
                "-Dlog4j2.configurationFile=classpath:org/apache/spark/log4j2-defaults.properties",
                "-cp",
                RealBerth.APPLICATION.resolve("jars") + "/*",
                "io.berth.model.process.Leash"));
        command.addAll(List.of(mainAndArguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("SPARK_HOME", RealBerth.APPLICATION.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        // Of the worker, which hands parts of it to its executors.
        builder.environment()
                .put("SPARK_LOCAL_DIRS", temp.resolve("workers-scratch").toString());
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
}

package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.results.Attempt;
import io.berth.model.results.Counter;
import io.berth.model.results.DataSetFact;
import io.berth.model.results.Measurements;
import io.berth.model.results.OutsideCalls.Caller;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.StageKey;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.TaskMeasurement;
import io.berth.reports.cells.Comparison;
import io.berth.reports.stages.StageReport;
import io.berth.reports.stages.Stages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runner with the real application and real Spark, small. */
class RealApplicationIT {
    @TempDir
    private Path temp;

    private RealBerth berth;

    @BeforeEach
    void berth() {
        berth = new RealBerth(temp);
    }

    @Test
    void aSuiteOfTwoWorkloadsOnTwoStoragesIsMeasuredAndVerified() throws IOException {
        Path suite = berth.suite("""
                - name: sql
                  warmup: 1
                  iterations: 1
                  parameters: {scaleFactor: 0.01, queries: [q06, q12, write]}
                - name: throughput
                  warmup: 0
                  iterations: 2
                  parameters: {files: 2, fileMiB: 2, randomReads: 4}
                """, berth.local("one", temp.resolve("one")), berth.local("two", temp.resolve("two")));

        int exitCode = berth.run("run", suite, "--out", berth.results());

        assertThat(exitCode).as(berth.log()).isZero();
        assertThat(berth.cells()).hasSize(4).allSatisfy(cell -> {
            assertThat(cell.path("outcome").textValue()).isEqualTo("completed");
            assertThat(cell.path("median").doubleValue()).isPositive();
        });
        Measurements one = berth.measurements("block1-sql-one");
        assertThat(one.stages()).isNotEmpty().allSatisfy(stage -> assertThat(stage.tasks())
                .isNotEmpty()
                .allSatisfy(task ->
                        assertThat(task.io()).as("seen by the I/O probe").isPresent()));
        assertThat(one.histograms()).isNotEmpty();
        assertThat(one.io()).hasSameSizeAs(one.iterations()).allSatisfy(io -> {
            assertThat(io.cost().nanosPerCall()).isBetween(5.0, 5000.0);
            assertThat(io.outside())
                    .as("the driver lists files")
                    .anyMatch(calls ->
                            calls.caller() == Caller.DRIVER && calls.step().isPresent());
            assertThat(io.counters()).extracting(Counter::name).contains("rchar", "bytesRead");
        });
        assertThat(berth.out("explain", berth.results(), "sql/one"))
                .contains("sql/one takes", "Its tasks were blocked on storage for", "driver", "the probe itself took");
        assertThat(one.answers())
                .allSatisfy(answer -> assertThat(answer.expected()).isPresent());
        // Made by two JVMs, and yet the same data.
        assertThat(ResultsDirectory.open(berth.results()).results().trials().stream()
                        .filter(result -> result.trial().workload().equals("sql"))
                        .flatMap(result -> result.decisive().dataSets().stream())
                        .map(DataSetFact::digest)
                        .distinct())
                .hasSize(1);
        assertSplitsSumToTheTasksTime(one);
        // The same stage is found again in every iteration and on every storage.
        assertThat(keys(one, 1)).isEqualTo(keys(one, 0)).isNotEmpty();
        assertThat(keys(berth.measurements("block1-sql-two"), 1)).isEqualTo(keys(one, 1));
        assertThat(temp.resolve("one/runs")).doesNotExist();
    }

    /** Whatever the user has in the environment. */
    @Test
    void scratchThatTheStorageCannotServeIsWhereTheReportSaysThatItIs() throws Exception {
        Path suite = berth.suite("""
                - name: sql
                  warmup: 0
                  iterations: 1
                  parameters: {scaleFactor: 0.01, queries: [q12, write]}
                """, "s3-embedded");
        Path elsewhere = temp.resolve("elsewhere");
        String user = "berth-" + UUID.randomUUID();
        Process runner = berth.start(
                Map.of(
                        "SPARK_LOCAL_DIRS",
                        elsewhere.toString(),
                        "LOCAL_DIRS",
                        elsewhere.toString(),
                        "JAVA_TOOL_OPTIONS",
                        "-Duser.name=" + user),
                "run",
                suite,
                "--out",
                berth.results());

        assertThat(runner.waitFor())
                .as(Files.readString(temp.resolve("runner.log")))
                .isZero();
        Attempt attempt = berth.attempt("block1-sql-s3-embedded");
        assertThat(attempt.warnings())
                .extracting(warning -> warning.code() + ": " + warning.message())
                .contains("scratch-elsewhere: scratch is on profile local-disk, because s3-embedded can't serve it");
        String run = ResultsDirectory.open(berth.results()).plan().run();
        assertThat(attempt.mounts())
                .filteredOn(mount -> mount.role().equals("scratch"))
                .singleElement()
                .satisfies(
                        mount -> assertThat(mount.path()).endsWith(run + "-fallback/block1-sql-s3-embedded/scratch"));
        assertThat(elsewhere).doesNotExist();
        assertThat(Path.of("/tmp/hadoop-" + user))
                .as("where Hadoop keeps what S3A has yet to upload, if nobody says where")
                .doesNotExist();
        assertThat(berth.measurements("block1-sql-s3-embedded").io().get(0).counters())
                .as("what the settings of the profile have made S3A commit by")
                .filteredOn(counter -> counter.source().equals("committer"))
                .extracting(Counter::name)
                .anyMatch(name -> name.startsWith("committer_magic"));
        try (Stream<Path> logs = Files.list(berth.results().resolve("logs"))) {
            assertThat(logs.map(file -> file.getFileName().toString()))
                    .as("temporary files of the application and of the server")
                    .noneMatch(name -> name.contains(".tmp"));
        }
    }

    /** Within 2 %, or a tick of Spark's clock for each task where tasks are that short. */
    private void assertSplitsSumToTheTasksTime(Measurements one) {
        double all = 0;
        double split = 0;
        for (StageReport stage :
                Stages.of(Comparison.of(ResultsDirectory.open(berth.results()).results()), "sql")) {
            List<TaskMeasurement> tasks = one.stages().stream()
                    .filter(it -> it.iteration() == 1 && it.key().equals(stage.key()))
                    .flatMap(it -> it.probedTasks().stream())
                    .toList();
            double elapsed =
                    tasks.stream().mapToLong(TaskMeasurement::elapsedNanos).sum();
            double parts = stage.on("one").orElseThrow().split().totalNanos();
            assertThat(parts)
                    .as(stage.toString())
                    .isCloseTo(elapsed, within(Math.max(0.02 * elapsed, 1e6 * tasks.size())));
            all += elapsed;
            split += parts;
        }
        assertThat(split).isCloseTo(all, withinPercentage(2));
    }

    @Test
    void aStorageThatIsFullIsAFailureOfTheInfrastructure() throws IOException, InterruptedException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mount the small tmpfs this needs");
        Path small = Files.createDirectory(temp.resolve("small"));
        RealBerth.command("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", small.toString());
        try {
            Path suite = berth.suite("""
                    - name: throughput
                      warmup: 0
                      iterations: 1
                      parameters: {files: 2, fileMiB: 4, randomReads: 4}
                    """, berth.local("small", small.resolve("berth")));

            int exitCode = berth.run("run", suite, "--out", berth.results());

            assertThat(exitCode).as(berth.log()).isEqualTo(4);
            JsonNode cell = berth.cells().get(0);
            assertThat(cell.path("outcome").textValue()).isEqualTo("failed");
            assertThat(cell.path("reason").textValue()).contains("infrastructure", "No space left on device");
            assertThat(cell.path("samples")).isEmpty();
            try (Stream<Path> left = Files.walk(small)) {
                assertThat(left.filter(Files::isRegularFile)
                                .filter(file -> file.toString().contains("/runs/")))
                        .isEmpty();
            }
        } finally {
            RealBerth.command("umount", small.toString());
        }
    }

    @Test
    void aTrialPastItsLimitIsStopped() throws IOException {
        Path suite = berth.suite("""
                - name: sql
                  timeLimit: 1
                  parameters: {scaleFactor: 0.01}
                """, berth.local("one", temp.resolve("one")));

        assertThat(berth.run("run", suite, "--out", berth.results())).isEqualTo(4);

        assertThat(berth.log()).contains("prepare-sql-one", "stopped at its time limit of 1 s");
        assertThat(ProcessHandle.allProcesses().filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains(temp.toString()))
                        .isPresent()))
                .isEmpty();
    }

    private static List<StageKey> keys(Measurements measurements, int iteration) {
        return measurements.stages().stream()
                .filter(stage -> stage.iteration() == iteration)
                .map(StageMeasurement::key)
                .toList();
    }
}

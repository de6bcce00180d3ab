package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.results.Counter;
import io.berth.model.results.DataSetFact;
import io.berth.model.results.Measurements;
import io.berth.model.results.OutsideCalls.Caller;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.StageKey;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.TrialOutcome;
import io.berth.model.text.Formats;
import io.berth.runner.cli.Cli;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runner with the real application and real Spark, small. */
class RealApplicationIT {
    private static final Path HOME = Path.of(System.getProperty("berth.home"));

    @TempDir
    private Path temp;

    @Test
    void aSuiteOfTwoWorkloadsOnTwoStoragesIsMeasuredAndVerified() throws IOException {
        Path suite = suite("""
                - name: sql
                  warmup: 1
                  iterations: 1
                  parameters: {scaleFactor: 0.01, queries: [q06, q12, write]}
                - name: throughput
                  warmup: 0
                  iterations: 2
                  parameters: {files: 2, fileMiB: 2, randomReads: 4}
                """, profile("one", temp.resolve("one")), profile("two", temp.resolve("two")));

        int exitCode = berth("run", suite, "--out", temp.resolve("results"), "--blocks", 1);

        assertThat(exitCode).as(log()).isZero();
        JsonNode report = Formats.json().readTree(berthOut("report", temp.resolve("results"), "--format", "json"));
        assertThat(report.path("cells")).hasSize(4).allSatisfy(cell -> {
            assertThat(cell.path("outcome").textValue()).isEqualTo("completed");
            assertThat(cell.path("median").doubleValue()).isPositive();
        });
        Measurements one = measurements("block1-sql-one");
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
        assertThat(berthOut("explain", temp.resolve("results"), "sql/one"))
                .contains("sql/one takes", "Its tasks were blocked on storage for", "driver", "the probe itself took");
        assertThat(one.answers())
                .allSatisfy(answer -> assertThat(answer.expected()).isPresent());
        // Made by two JVMs, and yet the same data.
        assertThat(ResultsDirectory.open(temp.resolve("results")).results().trials().stream()
                        .filter(result -> result.trial().workload().equals("sql"))
                        .flatMap(result -> result.decisive().dataSets().stream())
                        .map(DataSetFact::digest)
                        .distinct())
                .hasSize(1);
        // The same stage is found again in every iteration and on every storage.
        assertThat(keys(one, 1)).isEqualTo(keys(one, 0)).isNotEmpty();
        assertThat(keys(measurements("block1-sql-two"), 1)).isEqualTo(keys(one, 1));
        assertThat(temp.resolve("one/runs")).doesNotExist();
    }

    @Test
    void aStorageThatIsFullIsAFailureOfTheInfrastructure() throws IOException, InterruptedException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mount the small tmpfs this needs");
        Path small = Files.createDirectory(temp.resolve("small"));
        command("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", small.toString());
        try {
            Path suite = suite("""
                    - name: throughput
                      warmup: 0
                      iterations: 1
                      parameters: {files: 2, fileMiB: 4, randomReads: 4}
                    """, profile("small", small.resolve("berth")));

            int exitCode = berth("run", suite, "--out", temp.resolve("results"), "--blocks", 1);

            assertThat(exitCode).as(log()).isEqualTo(4);
            JsonNode cell = Formats.json()
                    .readTree(berthOut("report", temp.resolve("results"), "--format", "json"))
                    .path("cells")
                    .get(0);
            assertThat(cell.path("outcome").textValue()).isEqualTo("failed");
            assertThat(cell.path("reason").textValue()).contains("infrastructure", "No space left on device");
            assertThat(cell.path("samples")).isEmpty();
            try (Stream<Path> left = Files.walk(small)) {
                assertThat(left.filter(Files::isRegularFile)
                                .filter(file -> file.toString().contains("/runs/")))
                        .isEmpty();
            }
        } finally {
            command("umount", small.toString());
        }
    }

    @Test
    void aTrialPastItsLimitIsStopped() throws IOException {
        Path suite = suite("""
                - name: sql
                  timeLimit: 1
                  parameters: {scaleFactor: 0.01}
                """, profile("one", temp.resolve("one")));

        assertThat(berth("run", suite, "--out", temp.resolve("results"), "--blocks", 1))
                .isEqualTo(4);

        assertThat(log()).contains("prepare-sql-one", "stopped at its time limit of 1 s");
        assertThat(ProcessHandle.allProcesses().filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains(temp.toString()))
                        .isPresent()))
                .isEmpty();
    }

    private Measurements measurements(String trial) {
        return ResultsDirectory.open(temp.resolve("results")).results().trials().stream()
                .filter(result -> result.trial().id().equals(trial))
                .map(result -> ((TrialOutcome.Completed) result.decisive().outcome()).measurements())
                .findFirst()
                .orElseThrow();
    }

    private static List<StageKey> keys(Measurements measurements, int iteration) {
        return measurements.stages().stream()
                .filter(stage -> stage.iteration() == iteration)
                .map(StageMeasurement::key)
                .toList();
    }

    private Path profile(String name, Path directory) throws IOException {
        return Files.writeString(temp.resolve(name + ".yaml"), """
                name: %s
                backend: local
                description: a directory
                accessType: local
                settings: {directory: %s}
                """.formatted(name, directory));
    }

    private Path suite(String workloads, Path... profiles) throws IOException {
        return Files.writeString(
                temp.resolve("suite.yaml"),
                "name: small\nprofiles: [%s]\nworkloads:\n%s"
                        .formatted(
                                String.join(
                                        ", ",
                                        Stream.of(profiles).map(Path::toString).toList()),
                                workloads.indent(2)));
    }

    private int berth(Object... args) throws IOException {
        try (PrintStream err =
                new PrintStream(Files.newOutputStream(temp.resolve("err")), true, StandardCharsets.UTF_8)) {
            return Cli.execute(
                    HOME, err, err, Stream.of(args).map(String::valueOf).toArray(String[]::new));
        }
    }

    private String berthOut(Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        Cli.execute(HOME, stream, stream, Stream.of(args).map(String::valueOf).toArray(String[]::new));
        return out.toString(StandardCharsets.UTF_8);
    }

    private String log() throws IOException {
        return Files.readString(temp.resolve("err"));
    }

    private static void command(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}

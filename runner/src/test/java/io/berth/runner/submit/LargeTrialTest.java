package io.berth.runner.submit;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Plan;
import io.berth.model.plan.PlannedWorkload;
import io.berth.model.plan.Thresholds;
import io.berth.model.plan.Trial;
import io.berth.model.plan.TrialSpec;
import io.berth.model.records.RecordLine;
import io.berth.model.records.RecordWriter;
import io.berth.model.results.Answer;
import io.berth.model.results.Attempt;
import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.SparkTotals;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.TaskIo;
import io.berth.model.results.TaskMeasurement;
import io.berth.model.results.TrialResult;
import io.berth.model.suite.AccessType;
import io.berth.model.suite.Durability;
import io.berth.model.suite.StorageProfile;
import io.berth.model.text.FormatVersion;
import io.berth.reports.Report;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trial of very many tasks, in a runner with the heap that it has in its pod. */
class LargeTrialTest {
    private static final Trial TRIAL = new Trial("block1-w-p", Trial.Kind.MEASURE, 1, 0, "w", "p");
    private static final int RECORD_BYTES = 20_000_000;
    private static final int TASKS = 200;

    @TempDir
    private Path temp;

    @Test
    void aRecordOfTwentyMegabytesIsReadSealedAndReportedInThePodsHeap() throws Exception {
        writeRecords(submission(temp).records());
        Path log = temp.resolve("runner.log");
        Process runner = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Djava.awt.headless=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Runner.class.getName(),
                        temp.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(runner.waitFor(5, TimeUnit.MINUTES)).isTrue();
        } finally {
            runner.destroyForcibly();
        }

        assertThat(runner.exitValue()).as(Files.readString(log)).isZero();
        assertThat(temp.resolve("results/trials/block1-w-p.json.gz")).isRegularFile();
        assertThat(Files.readString(temp.resolve("results/report.html"))).contains("1 of 1 stage");
    }

    private static Submission submission(Path directory) {
        TrialSpec spec = new TrialSpec(
                FormatVersion.CURRENT,
                TRIAL.id(),
                TRIAL.kind(),
                TRIAL.workload(),
                "W",
                Map.of(),
                Map.of(),
                "file:///out",
                Optional.empty(),
                Durability.READ_ONLY,
                0,
                1,
                60,
                List.of(),
                Map.of(),
                OptionalDouble.empty());
        return new Submission(1, spec, "local[2]", Map.of(), List.of(), directory, "image berth:1");
    }

    private static void writeRecords(Path file) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
                RecordWriter writer = new RecordWriter(out)) {
            writer.write(new RecordLine.Started(FormatVersion.CURRENT, TRIAL.id(), "an application"));
            writer.write(new RecordLine.IterationDone(
                    new IterationMeasurement(0, false, 1_000_000_000, OptionalLong.empty(), List.of())));
            for (int attempt = 0; Files.size(file) < RECORD_BYTES; attempt++) {
                writer.write(new RecordLine.StageDone(stage(attempt)));
            }
            writer.write(new RecordLine.Answered(new Answer("s", 1, "c", Optional.empty())));
            writer.end();
        }
    }

    private static StageMeasurement stage(int attempt) {
        List<TaskMeasurement> tasks = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            Map<IoCategory, IoCost> costs = new EnumMap<>(IoCategory.class);
            for (IoCategory category : List.of(
                    IoCategory.OPEN,
                    IoCategory.READ,
                    IoCategory.METADATA,
                    IoCategory.SHUFFLE_WRITE,
                    IoCategory.CLOSE)) {
                costs.put(category, new IoCost(10 + i, 80_000 + i, 1_000_000 + i));
            }
            tasks.add(new TaskMeasurement(
                    i,
                    0,
                    String.valueOf(i % 20),
                    1_000_000L * i,
                    1_000_000,
                    TaskMeasurement.Outcome.SUCCESS,
                    Optional.of(new TaskIo(900_000, 100_000, OptionalLong.of(1000), costs))));
        }
        return new StageMeasurement(
                0,
                "s",
                0,
                "f1",
                "Scan",
                OptionalInt.of(0),
                0,
                attempt,
                1_000_000_000,
                new SparkTotals(1_000_000, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
                tasks);
    }

    /** What the runner does with a trial at its end. */
    static final class Runner {
        private Runner() {}

        public static void main(String[] arguments) throws IOException {
            Path directory = Path.of(arguments[0]);
            ResultsDirectory results = ResultsDirectory.create(directory.resolve("results"), plan());
            results.seal(new TrialResult(FormatVersion.CURRENT, TRIAL, List.of(attempt(directory))));
            results.replace("report.html", Report.of(results.results()).html());
        }

        private static Attempt attempt(Path directory) throws IOException {
            AttemptReader.Reading reading = AttemptReader.read(
                    submission(directory), new ApplicationEnd(ApplicationEnd.Way.EXITED, 0, Duration.ofSeconds(1)));
            return new Attempt(
                    1,
                    Instant.EPOCH,
                    1,
                    1,
                    reading.outcome(),
                    reading.lifecycle(),
                    reading.environment(),
                    reading.mounts(),
                    reading.dataSets(),
                    reading.warnings(),
                    Optional.of("logs/block1-w-p.log"));
        }

        private static Plan plan() {
            return new Plan(
                    FormatVersion.CURRENT,
                    Optional.empty(),
                    "large-1",
                    "large",
                    Optional.empty(),
                    1,
                    1,
                    "local[2]",
                    Optional.empty(),
                    "p",
                    List.of(new StorageProfile("p", "local", "a directory", AccessType.LOCAL, Map.of())),
                    List.of(new PlannedWorkload(
                            "w",
                            "w",
                            "W",
                            "very many tasks",
                            Map.of(),
                            List.of(),
                            Durability.READ_ONLY,
                            "uncontrolled",
                            0,
                            1,
                            60,
                            1,
                            Map.of())),
                    Thresholds.DEFAULT,
                    List.of("berth", "run"),
                    List.of(TRIAL));
        }
    }
}

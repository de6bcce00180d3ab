package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.plan.Trial;
import io.berth.model.records.RecordLine;
import io.berth.model.results.Answer;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.StageKey;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.StepMeasurement;
import io.berth.model.results.TaskMeasurement;
import io.berth.model.suite.Durability;
import io.berth.workloads.TrialRun.Outcome;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application around small workloads that behave and misbehave. */
final class ApplicationIT {
    private static final String PROBE = "io.berth.probe.IoProbePlugin";

    @TempDir
    Path directory = Path.of("");

    /** Writes a few rows and counts them. */
    public static class Behaving implements Workload {
        protected long rows;

        @Override
        public void prepare(TrialContext trial) throws Exception {
            trial.fileSystem(trial.data()).mkdirs(trial.data());
            trial.warn("page-cache", "only a test");
        }

        @Override
        public void run(Iteration iteration) throws Exception {
            iteration.step("write", step -> {
                iteration
                        .spark()
                        .range(0, 100, 1, 2)
                        .write()
                        .parquet(iteration.output().toString());
                step.bytes(800);
                step.detail("rowsPerTask", 50);
            });
            iteration.step(
                    "sum",
                    step -> rows = iteration
                            .spark()
                            .sql("SELECT id % 7 AS k, count(*) FROM range(0, 100, 1, 2) GROUP BY k")
                            .collectAsList()
                            .size());
        }

        @Override
        public List<Answer> verify(Iteration iteration) throws Exception {
            return List.of(new Answer("sum", rows, "7", Optional.of("7")));
        }
    }

    private TrialRun trial(Class<? extends Workload> workload) {
        return new TrialRun(directory, workload);
    }

    @Test
    void aTrialIsRecordedFromStartToEnd() throws IOException {
        Outcome outcome = trial(Behaving.class)
                .iterations(1, 2)
                .conf("spark.my.password", "hunter2")
                .proof(directory.resolve("proof").toUri().toString())
                .run();

        assertThat(outcome.failure()).isEmpty();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.records().defect()).isEmpty();
        assertThat(outcome.only(RecordLine.Started.class).trial()).isEqualTo("trial-1");
        assertThat(outcome.only(RecordLine.Warned.class).code()).isEqualTo("page-cache");
        assertThat(outcome.lines(RecordLine.MountSeen.class))
                .extracting(line -> line.mount().role())
                .containsExactly("data", "checkpoint", "scratch");
        assertThat(outcome.only(RecordLine.NonceLeft.class))
                .isEqualTo(new RecordLine.NonceLeft(
                        "driver", "driver", Files.readString(directory.resolve("proof/driver"))));
        assertThat(outcome.only(RecordLine.EnvironmentSeen.class).environment().facts())
                .containsEntry("spark.version", "4.0.1")
                .containsEntry("hadoop.version", "3.4.2")
                .containsKeys("scala.version", "java.version", "os.kernel", "machine.cpus", "machine.memory");
        assertThat(outcome.only(RecordLine.EnvironmentSeen.class).environment().sparkConf())
                .containsEntry("spark.my.password", Redaction.REDACTED);
        assertThat(outcome.lines(RecordLine.IterationDone.class))
                .extracting(line -> line.iteration().warmup())
                .containsExactly(true, false, false);
        IterationMeasurement last =
                outcome.lines(RecordLine.IterationDone.class).get(2).iteration();
        assertThat(last.steps()).extracting(StepMeasurement::name).containsExactly("write", "sum");
        assertThat(last.steps().get(0).bytes()).hasValue(800);
        assertThat(last.steps().get(0).details()).containsEntry("rowsPerTask", 50.0);
        assertThat(last.elapsedNanos())
                .isGreaterThanOrEqualTo(last.steps().stream()
                        .mapToLong(StepMeasurement::elapsedNanos)
                        .sum());
        assertThat(last.drainNanos()).isPresent();
        assertThat(outcome.only(RecordLine.Answered.class).answer().matches()).isTrue();
        assertThat(outcome.only(RecordLine.LifecycleDone.class).lifecycle().contextUpNanos())
                .isPositive();
        assertThat(TrialRun.files(directory.resolve("data"))).isEmpty();
    }

    @Test
    void theSameStageHasTheSameKeyInEveryIterationAndApplication() throws IOException {
        List<StageMeasurement> here =
                stages(trial(Behaving.class).iterations(1, 1).run());
        List<StageMeasurement> there = stages(new TrialRun(directory.resolve("elsewhere"), Behaving.class)
                .iterations(0, 2)
                .run());

        List<StageKey> keys = keys(here, 0);
        assertThat(keys).extracting(StageKey::step).containsExactly("write", "sum", "sum");
        assertThat(keys).extracting(StageKey::ordinal).containsExactly(0, 0, 1);
        assertThat(keys(here, 1)).isEqualTo(keys);
        assertThat(keys(there, 0)).isEqualTo(keys);
        assertThat(keys(there, 1)).isEqualTo(keys);
        assertThat(here)
                .filteredOn(stage -> stage.step().equals("sum"))
                .extracting(StageMeasurement::operator)
                .contains("Range → HashAggregate → Exchange", "HashAggregate");
        assertThat(here).filteredOn(stage -> stage.step().equals("write")).allSatisfy(stage -> {
            assertThat(stage.operator()).contains("WriteFiles");
            assertThat(stage.tasks()).hasSize(2);
            assertThat(stage.spark().outputRecords()).isEqualTo(100);
            assertThat(stage.spark().outputBytes()).isPositive();
            assertThat(stage.spark().cpuNanos()).isPositive();
        });
        assertThat(here)
                .as("a sum is one job of two stages")
                .extracting(stage -> stage.jobId().orElseThrow())
                .containsExactly(0, 1, 1, 2, 3, 3);
    }

    private static List<StageMeasurement> stages(Outcome outcome) {
        assertThat(outcome.failure()).isEmpty();
        return outcome.lines(RecordLine.StageDone.class).stream()
                .map(RecordLine.StageDone::stage)
                .toList();
    }

    private static List<StageKey> keys(List<StageMeasurement> stages, int iteration) {
        return stages.stream()
                .filter(stage -> stage.iteration() == iteration)
                .map(StageMeasurement::key)
                .toList();
    }

    @Test
    void aTrialThatPreparesMeasuresNothing() throws IOException {
        Outcome outcome = trial(Behaving.class).kind(Trial.Kind.PREPARE).run();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.lines(RecordLine.Warned.class)).hasSize(1);
        assertThat(outcome.lines(RecordLine.IterationDone.class)).isEmpty();
        assertThat(outcome.lines(RecordLine.LifecycleDone.class)).hasSize(1);
    }

    @Test
    void nothingIsDrainedWhereNothingIsDeclaredClosed() throws IOException {
        Outcome outcome = trial(Behaving.class)
                .durability(Durability.SYNCED)
                .iterations(0, 1)
                .run();
        assertThat(outcome.only(RecordLine.IterationDone.class).iteration().drainNanos())
                .isEmpty();
    }

    @Test
    void aMountThatIsNotWhatItIsSaidToBeIsRefusedBeforeAnythingRuns() throws IOException {
        Files.createDirectories(directory);
        Outcome outcome = trial(Behaving.class)
                .expecting(new ExpectedMount(
                        directory.toString(), Optional.of("nfs4"), Optional.of("filer:/export"), List.of()))
                .run();
        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.records().defect()).isEmpty();
        RecordLine.Failure failure = outcome.only(RecordLine.Failure.class);
        assertThat(failure.infrastructure()).isTrue();
        assertThat(failure.reason()).contains("should be nfs4 from filer:/export");
        assertThat(outcome.lines(RecordLine.MountSeen.class)).isNotEmpty();
        assertThat(outcome.lines(RecordLine.EnvironmentSeen.class)).isEmpty();
    }

    @Test
    void aClassThatIsMissingOrNoWorkloadIsNamed() throws IOException {
        assertThat(new TrialRun(directory, "org.example.Missing").run().failure())
                .contains("workload workload can't run on Spark 4.0.1: the application has no org.example.Missing");
        assertThat(new TrialRun(directory, "java.lang.String").run().failure())
                .hasValueSatisfying(reason -> assertThat(reason).contains("java.lang.String is not a"));
    }

    /** Throws in the second iteration, after it has written. */
    public static final class Throwing extends Behaving {
        @Override
        public void run(Iteration iteration) throws Exception {
            super.run(iteration);
            if (iteration.index() == 1) {
                throw new IllegalStateException("iteration 1 doesn't like it");
            }
        }
    }

    @Test
    void anExceptionOfTheWorkloadIsItsFailureAndLeavesNoOutput() throws IOException {
        Outcome outcome = trial(Throwing.class).iterations(1, 2).run();
        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.records().defect()).isEmpty();
        assertThat(outcome.only(RecordLine.Failure.class))
                .isEqualTo(
                        new RecordLine.Failure(false, "java.lang.IllegalStateException: iteration 1 doesn't like it"));
        assertThat(outcome.lines(RecordLine.IterationDone.class)).hasSize(1);
        assertThat(outcome.lines(RecordLine.LifecycleDone.class)).isEmpty();
        assertThat(TrialRun.files(directory.resolve("data"))).isEmpty();
    }

    /** Its tasks write to a device that is full. */
    public static final class OnFullDevice extends Behaving {
        @Override
        public void run(Iteration iteration) throws Exception {
            iteration.step(
                    "write", step -> new JavaSparkContext(iteration.spark().sparkContext())
                            .parallelize(List.of(1), 1)
                            .foreach(one -> {
                                try (OutputStream full = new FileOutputStream("/dev/full")) {
                                    full.write(one);
                                }
                            }));
        }
    }

    @Test
    void aTaskThatFindsTheDeviceFullIsAFailureOfTheInfrastructure() throws IOException {
        Outcome outcome = trial(OnFullDevice.class).run();
        RecordLine.Failure failure = outcome.only(RecordLine.Failure.class);
        assertThat(failure.infrastructure()).isTrue();
        assertThat(failure.reason()).isEqualTo("java.io.IOException: No space left on device");
    }

    /** Answers differently every time. */
    public static final class Contradicting extends Behaving {
        @Override
        public List<Answer> verify(Iteration iteration) {
            return List.of(new Answer("sum", 7, "checksum-" + iteration.index(), Optional.empty()));
        }
    }

    @Test
    void answersThatContradictEachOtherAreDistrusted() throws IOException {
        Outcome outcome = trial(Contradicting.class).iterations(1, 1).run();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.lines(RecordLine.Answered.class)).hasSize(2);
        assertThat(outcome.only(RecordLine.Distrusted.class).reason())
                .contains("checksum-1")
                .contains("checksum-0")
                .contains("sum");
    }

    @Test
    void aProbeThatSawTooFewTasksIsDistrusted() throws IOException {
        // Without its agent it sees none.
        Outcome outcome = trial(Behaving.class).conf("spark.plugins", PROBE).run();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.only(RecordLine.Distrusted.class).reason())
                .matches("the I/O probe saw 0 of [1-9]\\d* tasks, and 0 events of Spark were lost");
    }

    @Test
    void thePlanSaysHowManyTasksAreEnough() throws IOException {
        Outcome outcome = trial(Behaving.class)
                .conf("spark.plugins", PROBE)
                .completeFrom(0)
                .run();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.lines(RecordLine.Distrusted.class)).isEmpty();
        assertThat(outcome.lines(RecordLine.Warned.class))
                .extracting(RecordLine.Warned::code)
                .contains("probe-incomplete");
    }

    /** Holds up Spark's events from the first job of a step until its end, and there is room for one. */
    public static final class Deafening extends Behaving {
        @Override
        public void run(Iteration iteration) throws Exception {
            CountDownLatch done = new CountDownLatch(1);
            SparkListener deaf = new SparkListener() {
                @Override
                public void onJobStart(SparkListenerJobStart start) {
                    try {
                        done.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            };
            iteration.spark().sparkContext().addSparkListener(deaf);
            try {
                super.run(iteration);
            } finally {
                done.countDown();
                iteration.spark().sparkContext().removeSparkListener(deaf);
            }
        }
    }

    @Test
    void aTrialThatLostEventsOfSparkIsDistrusted() throws IOException {
        Outcome outcome = trial(Deafening.class)
                .iterations(0, 1)
                .conf("spark.plugins", PROBE)
                .conf("spark.scheduler.listenerbus.eventqueue.shared.capacity", "1")
                .completeFrom(0)
                .run();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.only(RecordLine.Distrusted.class).reason())
                .matches(".* and [1-9]\\d* events of Spark were lost");
    }

    /** One task fails once, and Spark tries again. */
    public static final class Flaky extends Behaving {
        @Override
        public void run(Iteration iteration) throws Exception {
            iteration.step(
                    "flaky",
                    step -> rows = new JavaSparkContext(iteration.spark().sparkContext())
                            .parallelize(List.of(1, 2), 2)
                            .map(one -> {
                                if (one == 1 && TaskContext.get().attemptNumber() == 0) {
                                    throw new IllegalStateException("not yet");
                                }
                                return one;
                            })
                            .count());
        }
    }

    @Test
    void aTaskThatIsTriedAgainIsRecordedWithBothOutcomes() throws IOException {
        Outcome outcome =
                trial(Flaky.class).master("local[2,2]").iterations(0, 1).run();
        List<StageMeasurement> stages = stages(outcome);
        assertThat(stages).hasSize(1);
        assertThat(stages.get(0).tasks())
                .extracting(TaskMeasurement::outcome)
                .containsExactlyInAnyOrder(
                        TaskMeasurement.Outcome.SUCCESS,
                        TaskMeasurement.Outcome.SUCCESS,
                        TaskMeasurement.Outcome.FAILED);
    }

    /** Opens a step inside a step. */
    public static final class Nesting extends Behaving {
        @Override
        public void run(Iteration iteration) throws Exception {
            iteration.step("outer", step -> iteration.step("inner", inner -> {}));
        }
    }

    @Test
    void stepsDoNotNest() throws IOException {
        assertThat(trial(Nesting.class).run().failure())
                .hasValueSatisfying(reason -> assertThat(reason).contains("step inner is inside another step"));
    }

    @Test
    void aSpecificationThatCanNotBeReadIsAnErrorOfUsage() {
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> Application.run(
                        directory.resolve("missing.json"),
                        directory.resolve("records.jsonl"),
                        () -> {
                            throw new AssertionError("no session is needed");
                        },
                        1))
                .hasMessageContaining("missing.json: can't be read as a trial's specification");
    }
}

package io.berth.reports.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.berth.model.plan.Thresholds;
import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.SparkTotals;
import io.berth.model.results.TaskIo;
import io.berth.model.results.TaskMeasurement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StagesTest {
    private static TaskMeasurement task(int index, long launch, long wall, long cpu, long io) {
        return new TaskMeasurement(
                index,
                0,
                "1",
                launch,
                wall,
                TaskMeasurement.Outcome.SUCCESS,
                Optional.of(
                        new TaskIo(wall, cpu, OptionalLong.of(0), Map.of(IoCategory.READ, new IoCost(1, io, 100)))));
    }

    @Test
    void replayBoundOfTasksInARowIsTheirTimeOverWhatIsLeft() {
        // One slot: 10 + 10 against 4 + 6.
        List<TaskMeasurement> tasks = List.of(task(0, 0, 10, 4, 6), task(1, 10, 10, 6, 4));

        assertThat(Replay.slots(tasks)).isEqualTo(1);
        assertThat(Replay.bound(tasks).orElseThrow()).isCloseTo(2.0, within(1e-12));
    }

    @Test
    void replayBoundIsLimitedByTheSlotThatDidNotWait() {
        // Two slots: 10 and 8 + 2 against 10 and 1 + 2. Only the waits on the critical slot count.
        List<TaskMeasurement> tasks = List.of(task(0, 0, 10, 10, 0), task(1, 0, 8, 1, 7), task(2, 8, 2, 2, 0));

        assertThat(Replay.slots(tasks)).isEqualTo(2);
        assertThat(Replay.bound(tasks).orElseThrow()).isEqualTo(1);
    }

    @Test
    void replayGivesTasksToTheSlotThatIsFreeFirst() {
        // Two slots, three tasks of 10, no waits: 20. Without 9 of the first's 10: slot one runs 1 + 10, slot two 10.
        List<TaskMeasurement> tasks = List.of(task(0, 0, 10, 1, 9), task(1, 0, 10, 10, 0), task(2, 10, 10, 10, 0));

        assertThat(Replay.bound(tasks).orElseThrow()).isCloseTo(20 / 11.0, within(1e-12));
    }

    @Test
    void stageThatOnlyWaitsHasNoFiniteBound() {
        assertThat(Replay.bound(List.of(task(0, 0, 10, 0, 10)))).isEmpty();
        assertThat(Replay.bound(List.of())).isEmpty();
    }

    @Test
    void splitOfAProbedTaskAddsUpToItsWallTime() {
        TaskIo io = new TaskIo(
                1000,
                300,
                OptionalLong.of(100),
                Map.of(
                        IoCategory.READ, new IoCost(1, 300, 1),
                        IoCategory.OPEN, new IoCost(1, 100, 0),
                        IoCategory.SHUFFLE_WRITE, new IoCost(1, 100, 1)));

        TimeSplit split = TimeSplit.of(io);

        assertThat(split.totalNanos()).isCloseTo(1000, within(1e-9));
        assertThat(split.parts())
                .containsEntry(TimePart.READ, 400.0)
                .containsEntry(TimePart.SHUFFLE, 100.0)
                .containsEntry(TimePart.CPU, 300.0)
                .containsEntry(TimePart.RUN_QUEUE, 100.0)
                .containsEntry(TimePart.OTHER, 100.0);
    }

    @Test
    void cpuTimeInsideStorageCallsIsNotBlockedTime() {
        TaskIo io = new TaskIo(1000, 900, OptionalLong.of(0), Map.of(IoCategory.READ, new IoCost(1, 800, 1)));

        assertThat(TimeSplit.of(io).parts()).containsEntry(TimePart.READ, 100.0).containsEntry(TimePart.CPU, 900.0);
    }

    @Test
    void clocksThatDisagreeNeverMakeMoreThanTheWallTime() {
        TaskIo io = new TaskIo(1000, 1040, OptionalLong.of(30), Map.of(IoCategory.READ, new IoCost(1, 800, 1)));

        assertThat(TimeSplit.of(io).totalNanos()).isEqualTo(1000);
        assertThat(TimeSplit.of(io).parts()).containsOnlyKeys(TimePart.CPU);
    }

    @Test
    void splitOfSparksMetricsAddsUpToRunTimeAndWhatIsAroundIt() {
        TimeSplit split = TimeSplit.of(spark(1000, 600, 50, 100, 20), 1030);

        assertThat(split.totalNanos()).isCloseTo(1030, within(1e-9));
        assertThat(split.parts())
                .containsEntry(TimePart.CPU, 600.0)
                .containsEntry(TimePart.GC, 50.0)
                .containsEntry(TimePart.SHUFFLE_WAIT, 100.0)
                .containsEntry(TimePart.SHUFFLE_WRITE, 20.0)
                .containsEntry(TimePart.OFF_CPU, 230.0)
                .containsEntry(TimePart.SCHEDULER, 11.0)
                .containsEntry(TimePart.SERIALIZE, 10.0)
                .containsEntry(TimePart.OTHER, 9.0);
    }

    @Test
    void shuffleWriteThatWasCpuTimeIsNotCountedTwice() {
        TimeSplit split = TimeSplit.of(spark(1000, 980, 0, 0, 500), 1021);

        assertThat(split.parts()).containsEntry(TimePart.SHUFFLE_WRITE, 20.0).doesNotContainKey(TimePart.OFF_CPU);
        assertThat(split.totalNanos()).isCloseTo(1021, within(1e-9));
    }

    @Test
    void gcOfAProbedStageComesOutOfTheUnexplainedRest() {
        TimeSplit probed = TimeSplit.of(new TaskIo(1000, 600, OptionalLong.empty(), Map.of()));

        TimeSplit completed = probed.completedBy(spark(1000, 600, 150, 0, 0), 1011);

        assertThat(completed.parts())
                .containsEntry(TimePart.GC, 150.0)
                .containsEntry(TimePart.OTHER, 250.0)
                .containsEntry(TimePart.SCHEDULER, 11.0);
        assertThat(probed.parts()).containsEntry(TimePart.OTHER, 400.0);
    }

    @Test
    void whatSparkCountsWithinTheProbesSpanIsNotCountedTwice() {
        TimeSplit probed = TimeSplit.of(new TaskIo(1000, 600, OptionalLong.empty(), Map.of()));

        // 7 of deserializing and 3 of serializing, most of it within the task's run: 4 were outside.
        TimeSplit completed = probed.completedBy(spark(1000, 600, 0, 0, 0), 1015);

        assertThat(completed.parts()).containsEntry(TimePart.SCHEDULER, 11.0).containsEntry(TimePart.SERIALIZE, 4.0);
        assertThat(completed.totalNanos()).isCloseTo(1015, within(1e-9));
    }

    @Test
    void whatNobodyExplainsAroundATaskIsOther() {
        TimeSplit probed = TimeSplit.of(new TaskIo(1000, 1000, OptionalLong.empty(), Map.of()));

        assertThat(probed.completedBy(spark(1000, 1000, 0, 0, 0), 1100).parts())
                .containsEntry(TimePart.OTHER, 100.0 - 11 - 7 - 3);
    }

    @Test
    void waitingForTheShuffleIsAPartOfItsOwn() {
        TaskIo io = new TaskIo(
                1000,
                100,
                OptionalLong.of(0),
                Map.of(
                        IoCategory.SHUFFLE_FETCH_WAIT, new IoCost(1, 600, 1),
                        IoCategory.SHUFFLE_READ_LOCAL, new IoCost(1, 200, 1)));

        assertThat(TimeSplit.of(io).parts())
                .containsEntry(TimePart.SHUFFLE_WAIT, 600.0)
                .containsEntry(TimePart.SHUFFLE, 200.0);
    }

    @Test
    void aThreadsSpeedIsOverAllCallsThatMovingItsBytesTook() {
        Map<IoCategory, IoCost> costs = Map.of(
                IoCategory.OPEN, new IoCost(1, 100_000_000, 0),
                IoCategory.READ, new IoCost(1, 1_000_000, 4_000_000),
                IoCategory.VECTORED_WAIT, new IoCost(1, 299_000_000, 0),
                IoCategory.WRITE, new IoCost(1, 10_000_000, 1_000_000),
                IoCategory.CLOSE, new IoCost(1, 60_000_000, 0),
                IoCategory.COMMIT, new IoCost(1, 30_000_000, 0));
        ProbedStage stage = new ProbedStage(1, 1, Optional.empty(), IoBound.IO_BOUND, true, new TreeMap<>(costs));

        assertThat(stage.readBytesPerSecond().orElseThrow()).isCloseTo(1e7, within(1e-3));
        assertThat(stage.writeBytesPerSecond().orElseThrow()).isCloseTo(1e7, within(1e-3));
    }

    @Test
    void thresholdsOfThePlanDecideTheClass() {
        Thresholds thresholds = Thresholds.DEFAULT;

        assertThat(IoBound.of(0.5, Optional.empty(), thresholds)).isEqualTo(IoBound.IO_BOUND);
        assertThat(IoBound.of(0.1, Optional.of(1.5), thresholds)).isEqualTo(IoBound.IO_BOUND);
        assertThat(IoBound.of(0.49, Optional.of(1.49), thresholds)).isEqualTo(IoBound.MIXED);
        assertThat(IoBound.of(0.19, Optional.of(1.2), thresholds)).isEqualTo(IoBound.NEITHER);
        assertThat(IoBound.of(0.19, Optional.empty(), new Thresholds(0.1, 9, 0.05, 1)))
                .isEqualTo(IoBound.IO_BOUND);
    }

    private static SparkTotals spark(long run, long cpu, long gc, long fetchWait, long shuffleWrite) {
        return new SparkTotals(run, cpu, gc, 7, 3, 11, 0, 0, 0, 0, 0, 0, fetchWait, 0, 0, shuffleWrite, 0, 0);
    }
}

package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.TaskIo;
import io.berth.probe.bridge.Cells;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class TaskIoTextTest {

    @Test
    void whatIsWrittenIsReadAgain() {
        TaskIo io = new TaskIo(
                2000,
                900,
                OptionalLong.of(30),
                Map.of(
                        IoCategory.READ, new IoCost(4, 800, 4096),
                        IoCategory.SHUFFLE_FETCH_WAIT, new IoCost(1, 7, 0)));

        assertThat(TaskIoText.write(io))
                .isEqualTo("wall=2000 cpu=900 run-queue=30 read=4/800/4096 shuffle-fetch-wait=1/7/0");
        assertThat(TaskIoText.read(TaskIoText.write(io))).contains(io);
    }

    @Test
    void aKernelThatDoesNotTellTheRunQueueLeavesItAbsent() {
        TaskIo io = new TaskIo(2000, 900, OptionalLong.empty(), Map.of());

        assertThat(TaskIoText.read(TaskIoText.write(io))).contains(io);
        assertThat(RunQueue.parse("0 0 0\n")).isEmpty();
        assertThat(RunQueue.parse("nonsense")).isEmpty();
        assertThat(RunQueue.parse("130063 230365 2\n")).hasValue(230365);
    }

    @Test
    void whatAnotherVersionWroteIsAbsentNotWrong() {
        assertThat(TaskIoText.read("wall=1 cpu=1 teleport=1/1/1")).isEmpty();
        assertThat(TaskIoText.read("wall=1")).isEmpty();
        assertThat(TaskIoText.read("")).isEmpty();
    }

    @Test
    void accumulatedTasksAddUp() {
        TaskIoAccumulator sum = new TaskIoAccumulator();
        TaskIoAccumulator one = new TaskIoAccumulator();
        one.add(new TaskIo(10, 5, OptionalLong.of(1), Map.of(IoCategory.READ, new IoCost(1, 2, 3))));

        sum.merge(one);
        sum.merge(one.copy());

        assertThat(sum.value()).isEqualTo("wall=20 cpu=10 run-queue=2 read=2/4/6");
        assertThat(sum.isZero()).isFalse();
        assertThat(sum.copyAndReset().isZero()).isTrue();
    }

    @Test
    void theBridgeHasRoomForEveryCategory() {
        assertThat(Cells.CATEGORIES).isEqualTo(IoCategory.values().length);
    }
}

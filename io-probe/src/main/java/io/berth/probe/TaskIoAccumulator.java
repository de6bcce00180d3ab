package io.berth.probe;

import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.TaskIo;
import io.berth.probe.agent.Categories;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.spark.util.AccumulatorV2;

/**
 * Carries what was seen of a task to the driver, with the task's own result. Synchronised, because heartbeats serialise
 * accumulators while the task runs.
 */
final class TaskIoAccumulator extends AccumulatorV2<TaskIo, String> {
    /** The accumulator's name in events, event logs and Spark's UI. */
    static final String NAME = "berth.io";

    private static final long serialVersionUID = 1;
    private static final IoCategory[] CATEGORIES = IoCategory.values();
    private static final int COSTS_FROM = 5;

    /** Tasks, W, C, R, tasks with R, then calls, nanos and bytes of each category. */
    private final long[] sums = new long[COSTS_FROM + 3 * CATEGORIES.length];

    @Override
    public synchronized boolean isZero() {
        return sums[0] == 0;
    }

    @Override
    public synchronized TaskIoAccumulator copy() {
        TaskIoAccumulator copy = new TaskIoAccumulator();
        System.arraycopy(sums, 0, copy.sums, 0, sums.length);
        return copy;
    }

    @Override
    public TaskIoAccumulator copyAndReset() {
        return new TaskIoAccumulator();
    }

    @Override
    public synchronized void reset() {
        Arrays.fill(sums, 0);
    }

    @Override
    public synchronized void add(TaskIo io) {
        sums[0]++;
        sums[1] += io.wallNanos();
        sums[2] += io.cpuNanos();
        sums[3] += io.runQueueNanos().orElse(0);
        sums[4] += io.runQueueNanos().isPresent() ? 1 : 0;
        io.costs().forEach((category, cost) -> {
            int at = COSTS_FROM + 3 * Categories.number(category);
            sums[at] += cost.calls();
            sums[at + 1] += cost.nanos();
            sums[at + 2] += cost.bytes();
        });
    }

    @Override
    public void merge(AccumulatorV2<TaskIo, String> other) {
        long[] theirs = ((TaskIoAccumulator) other).snapshot();
        synchronized (this) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += theirs[i];
            }
        }
    }

    /** See {@link TaskIoText}. */
    @Override
    public synchronized String value() {
        Map<IoCategory, IoCost> costs = new EnumMap<>(IoCategory.class);
        for (IoCategory category : CATEGORIES) {
            int at = COSTS_FROM + 3 * Categories.number(category);
            if (sums[at] != 0) {
                costs.put(category, new IoCost(sums[at], sums[at + 1], sums[at + 2]));
            }
        }
        return TaskIoText.write(
                new TaskIo(sums[1], sums[2], sums[4] == 0 ? OptionalLong.empty() : OptionalLong.of(sums[3]), costs));
    }

    private synchronized long[] snapshot() {
        return sums.clone();
    }
}

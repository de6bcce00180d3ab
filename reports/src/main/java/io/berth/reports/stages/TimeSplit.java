package io.berth.reports.stages;

import io.berth.model.results.SparkTotals;
import io.berth.model.results.TaskIo;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Task time by what it was spent on, in nanoseconds. Sums over tasks, stages and iterations can be added; nothing in it is
 * counted twice.
 */
public final class TimeSplit {
    private final EnumMap<TimePart, Double> nanos = new EnumMap<>(TimePart.class);

    private TimeSplit() {}

    /** No time at all. */
    public static TimeSplit none() {
        return new TimeSplit();
    }

    /**
     * The split that Spark's own metrics allow. Off-CPU time is shared out to GC, shuffle wait and shuffle write, in this
     * order and never more than there is, because each of them may also contain CPU time.
     *
     * @param elapsedNanos of the tasks, as the driver saw it
     */
    public static TimeSplit of(SparkTotals spark, double elapsedNanos) {
        TimeSplit split = new TimeSplit();
        double off = (double) spark.offCpuNanos();
        split.add(TimePart.CPU, Math.min((double) spark.cpuNanos(), (double) spark.runNanos()));
        off -= split.add(TimePart.GC, Math.min(off, (double) spark.gcNanos()));
        off -= split.add(TimePart.SHUFFLE_WAIT, Math.min(off, (double) spark.fetchWaitNanos()));
        off -= split.add(TimePart.SHUFFLE_WRITE, Math.min(off, (double) spark.shuffleWriteNanos()));
        split.add(TimePart.OFF_CPU, off);
        split.addAround(spark, elapsedNanos);
        return split;
    }

    /**
     * The split of a task that the I/O probe saw. Its blocked time is shared out to the categories in proportion to their
     * time; the CPU time inside storage calls stays CPU time.
     */
    public static TimeSplit of(TaskIo io) {
        TimeSplit split = new TimeSplit();
        double rest = (double) io.wallNanos();
        rest -= split.add(TimePart.CPU, Math.min(rest, (double) io.cpuNanos()));
        rest -= split.add(
                TimePart.RUN_QUEUE, Math.min(rest, (double) io.runQueueNanos().orElse(0)));
        double blocked = Math.min(rest, (double) io.blockedNanos());
        double all = (double) io.ioNanos();
        if (all > 0) {
            io.costs().forEach((category, cost) -> split.add(TimePart.of(category), blocked * cost.nanos() / all));
            rest -= blocked;
        }
        split.add(TimePart.OTHER, rest);
        return split;
    }

    /**
     * A probed split with what only Spark knows: GC is taken out of the unexplained rest, as far as it reaches, and what
     * happens before and after the probe's span is added.
     *
     * @param elapsedNanos of the same tasks, as the driver saw it
     */
    public TimeSplit completedBy(SparkTotals spark, double elapsedNanos) {
        TimeSplit completed = sum(List.of(this));
        double other = nanos.getOrDefault(TimePart.OTHER, 0.0);
        double gc = Math.min(other, (double) spark.gcNanos());
        completed.nanos.remove(TimePart.OTHER);
        completed.add(TimePart.OTHER, other - gc);
        completed.add(TimePart.GC, gc);
        completed.addAround(spark, elapsedNanos);
        return completed;
    }

    /** The sum of several. */
    public static TimeSplit sum(Collection<TimeSplit> splits) {
        TimeSplit sum = new TimeSplit();
        splits.forEach(split -> split.nanos.forEach(sum::add));
        return sum;
    }

    /** The same proportions, all times divided. */
    public TimeSplit dividedBy(double divisor) {
        TimeSplit divided = new TimeSplit();
        nanos.forEach((part, value) -> divided.add(part, value / divisor));
        return divided;
    }

    /** The parts that took time, in the order in which they are drawn. */
    public Map<TimePart, Double> parts() {
        return Collections.unmodifiableMap(nanos);
    }

    public double totalNanos() {
        return nanos.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /**
     * What of the tasks' time isn't in the split yet. Spark deserializes a part of a task within its run, and fetches large
     * results without telling how long: so its numbers fill what there is, and what they leave is other.
     */
    private void addAround(SparkTotals spark, double elapsedNanos) {
        double rest = Math.max(0, elapsedNanos - totalNanos());
        rest -= add(TimePart.SCHEDULER, Math.min(rest, (double) spark.schedulerDelayNanos()));
        rest -= add(
                TimePart.SERIALIZE,
                Math.min(rest, (double) spark.deserializeNanos() + (double) spark.serializeNanos()));
        add(TimePart.OTHER, rest);
    }

    private double add(TimePart part, double value) {
        if (value > 0) {
            nanos.merge(part, value, Double::sum);
        }
        return Math.max(0, value);
    }
}

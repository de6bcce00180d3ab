package io.berth.reports.stages;

import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What the I/O probe says of a stage on one profile. Fractions are medians over forks.
 *
 * @param ioShare          ΣIO/ΣW: the share of the tasks' time that was spent in storage calls, CPU time in them included
 * @param blockedFraction  ΣB/ΣW
 * @param replayBound      how many times faster the stage would be at most without waiting for storage; absent if the
 *                         tasks did nothing else
 * @param classification   by the plan's thresholds
 * @param runQueueMeasured whether waiting for a CPU is known; if not, the blocked fraction is an upper bound
 * @param costs            per iteration, by category
 */
public record ProbedStage(
        double ioShare,
        double blockedFraction,
        Optional<Double> replayBound,
        IoBound classification,
        boolean runQueueMeasured,
        SortedMap<IoCategory, IoCost> costs) {

    /** What a task read in a second of opening and reading files, on average; absent if it read nothing. */
    public Optional<Double> readBytesPerSecond() {
        return speed(IoCategory.READ);
    }

    /** What a task wrote in a second of writing, closing and committing files, on average; absent if it wrote nothing. */
    public Optional<Double> writeBytesPerSecond() {
        return speed(IoCategory.WRITE);
    }

    double bytes(IoCategory category) {
        return (double) cost(category).bytes();
    }

    private Optional<Double> speed(IoCategory category) {
        return Speed.of(category, it -> (double) cost(it).nanos(), this::bytes);
    }

    private IoCost cost(IoCategory category) {
        return costs.getOrDefault(category, IoCost.NONE);
    }
}

package io.berth.reports.stages;

import io.berth.reports.statistics.Estimate;
import java.util.Optional;

/**
 * A stage on one profile.
 *
 * @param seconds      elapsed time of the stage in an iteration, over forks; repeated attempts of the stage are added
 * @param tasks        successful tasks of an iteration
 * @param lostTasks    failed and killed task attempts in all measured iterations
 * @param split        of the tasks' time, the mean of an iteration
 * @param inputBytes   Spark's count in an iteration; low with vectored reads
 * @param outputBytes  Spark's count in an iteration
 * @param shuffleBytes read and written in an iteration
 * @param spilledBytes on disk in an iteration
 * @param probed       absent if the I/O probe was off
 */
public record StageOnProfile(
        Estimate seconds,
        long tasks,
        long lostTasks,
        TimeSplit split,
        double inputBytes,
        double outputBytes,
        double shuffleBytes,
        double spilledBytes,
        Optional<ProbedStage> probed) {

    /** Input and output over the stage's elapsed time; absent if it has neither. */
    public Optional<Double> bytesPerSecond() {
        double bytes = inputBytes + outputBytes;
        return bytes > 0 && seconds.median() > 0 ? Optional.of(bytes / seconds.median()) : Optional.empty();
    }
}

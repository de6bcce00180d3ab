package io.berth.reports.stages;

import io.berth.reports.statistics.Estimate;
import java.util.Optional;

/**
 * A stage on one profile. Sums are means of a measured iteration, also of those in which the stage had nothing to do, so
 * that the stages of a cell can be added up.
 *
 * @param seconds        elapsed time of the stage in an iteration that has it, over forks; repeated attempts are added
 * @param tasks          successful tasks
 * @param lostTasks      failed and killed task attempts
 * @param split          of the tasks' time
 * @param inputBytes     by the I/O probe; by Spark if it was off
 * @param outputBytes    by the I/O probe; by Spark if it was off
 * @param shuffleBytes   read and written
 * @param spilledBytes   on disk
 * @param bytesPerSecond of all tasks together: input and output over the stage's elapsed time; absent if it has neither
 * @param probed         absent if the I/O probe was off
 */
public record StageOnProfile(
        Estimate seconds,
        double tasks,
        double lostTasks,
        TimeSplit split,
        double inputBytes,
        double outputBytes,
        double shuffleBytes,
        double spilledBytes,
        Optional<Double> bytesPerSecond,
        Optional<ProbedStage> probed) {}

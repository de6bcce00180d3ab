package io.berth.model.results;

import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * One stage attempt, raw as measured. Derived values are methods, each saying what it bounds.
 *
 * @param iteration    index of the iteration it ran in
 * @param step         the step it ran for
 * @param ordinal      0-based place among the stages of this step in this iteration, by submission; the micro-batches of
 *                     a streaming query have the same stages again
 * @param fingerprint  of the stage's operators, so that the same stage is found again in other trials
 * @param operator     what the stage does, for people: Spark's stage name or the SQL operators in it
 * @param jobId        Spark's number of the job that needed it first; absent in results of format 1.0
 * @param stageId      Spark's
 * @param attempt      0 for the first
 * @param elapsedNanos from submission to completion
 * @param spark        Spark's own metrics
 * @param tasks        every task attempt that ended
 */
public record StageMeasurement(
        int iteration,
        String step,
        int ordinal,
        String fingerprint,
        String operator,
        OptionalInt jobId,
        int stageId,
        int attempt,
        long elapsedNanos,
        SparkTotals spark,
        List<TaskMeasurement> tasks) {
    public StageMeasurement {
        tasks = List.copyOf(tasks);
    }

    /** Where this stage is found again in other iterations, trials and profiles. */
    public StageKey key() {
        return new StageKey(step, ordinal, fingerprint);
    }

    /** The successful tasks that the I/O probe saw. */
    public List<TaskMeasurement> probedTasks() {
        return tasks.stream()
                .filter(task -> task.outcome() == TaskMeasurement.Outcome.SUCCESS
                        && task.io().isPresent())
                .toList();
    }

    /** How many tasks ended in that way. */
    public long tasks(Predicate<TaskMeasurement> which) {
        return tasks.stream().filter(which).count();
    }
}

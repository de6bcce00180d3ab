package io.berth.probe;

import java.util.Map;

/**
 * How much of the application the probe has seen.
 *
 * @param tasksStarted          by Spark's events, without those that were killed before their executor had begun them
 * @param tasksEnded            by Spark's events, without the same
 * @param tasksSeen             of those that ended, by the probe
 * @param droppedEvents         by Spark's listener bus; with any, the other counts are too low
 * @param executorsWithoutAgent executors, or the driver, in which nothing is instrumented
 * @param notTransformed        classes whose calls are missing, with the reason
 */
public record Completeness(
        long tasksStarted,
        long tasksEnded,
        long tasksSeen,
        long droppedEvents,
        int executorsWithoutAgent,
        Map<String, String> notTransformed) {
    public Completeness {
        notTransformed = Map.copyOf(notTransformed);
    }

    /** Tasks seen ÷ tasks ended; 1 if none ended. */
    public double fraction() {
        return tasksEnded == 0 ? 1 : (double) tasksSeen / tasksEnded;
    }
}

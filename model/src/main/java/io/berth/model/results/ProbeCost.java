package io.berth.model.results;

/**
 * What the I/O probe itself took.
 *
 * @param nanosPerCall for each outermost storage call, as calibrated in the same processes; the greatest of them
 * @param taskNanos    at the start and the end of tasks, as measured, over all tasks of the iteration
 */
public record ProbeCost(double nanosPerCall, long taskNanos) {
    /** The estimate for so many calls. */
    public double nanos(long calls) {
        return calls * nanosPerCall + taskNanos;
    }
}

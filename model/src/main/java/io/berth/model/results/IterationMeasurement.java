package io.berth.model.results;

import java.util.List;
import java.util.OptionalLong;

/**
 * One pass of a workload inside an application.
 *
 * @param index        0-based, warm-up iterations first
 * @param warmup       recorded, not counted
 * @param elapsedNanos wall time of the whole pass
 * @param drainNanos   time from the pass's end until all it wrote was on stable storage; absent where that can't be had
 * @param steps        in the order of execution
 */
public record IterationMeasurement(
        int index, boolean warmup, long elapsedNanos, OptionalLong drainNanos, List<StepMeasurement> steps) {
    public IterationMeasurement {
        steps = List.copyOf(steps);
    }
}

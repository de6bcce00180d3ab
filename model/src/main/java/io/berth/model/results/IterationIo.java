package io.berth.model.results;

import java.util.List;

/**
 * What the I/O probe knows of an iteration beside its tasks.
 *
 * @param iteration index of the iteration
 * @param outside   storage calls of threads without a task
 * @param cost      what the probe took
 * @param counters  what other sources counted, to be held against the probe's numbers
 */
public record IterationIo(int iteration, List<OutsideCalls> outside, ProbeCost cost, List<Counter> counters) {
    public IterationIo {
        outside = List.copyOf(outside);
        counters = List.copyOf(counters);
    }
}

package io.berth.model.results;

import java.util.Map;
import java.util.OptionalLong;

/**
 * What the I/O probe saw of one task attempt, on the task's own thread.
 *
 * @param wallNanos     from the start of the task to its completion listener: W
 * @param cpuNanos      CPU time of the thread in that span: C
 * @param runQueueNanos time the thread was runnable and had no CPU: R; absent where the kernel doesn't tell
 * @param costs         wall time inside outermost storage calls, by category
 */
public record TaskIo(long wallNanos, long cpuNanos, OptionalLong runQueueNanos, Map<IoCategory, IoCost> costs) {
    public TaskIo {
        costs = Map.copyOf(costs);
    }

    /** Σ IO over the categories; at most {@link #wallNanos}. */
    public long ioNanos() {
        return costs.values().stream().mapToLong(IoCost::nanos).sum();
    }

    /**
     * Blocked time B = min(Σ IO, W − C − R), never below zero: the part of storage calls in which the thread neither
     * computed nor waited for a CPU. After Ousterhout et al., "Making Sense of Performance in Data Analytics
     * Frameworks", NSDI 2015.
     */
    public long blockedNanos() {
        return Math.max(0, Math.min(ioNanos(), wallNanos - cpuNanos - runQueueNanos.orElse(0)));
    }
}

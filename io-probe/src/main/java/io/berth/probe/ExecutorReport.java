package io.berth.probe;

import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * What an executor sends to the driver beside the accumulators.
 *
 * @param executor       Spark's id of it; {@code driver} in local mode
 * @param instrumented   whether an agent runs there
 * @param tasks          that have ended since the executor started, all of which are in this report or in earlier ones
 * @param latencies      of tasks, since the report before
 * @param outside        calls by threads without a task, since the executor started
 * @param notTransformed classes whose calls are missing, with the reason
 * @param nanosPerCall   by {@link Calibration}; 0 without an agent
 * @param taskNanos      that the probe took at the start and the end of tasks, since the executor started
 * @param counters       since the executor started; empty where the driver can read them itself
 */
record ExecutorReport(
        String executor,
        boolean instrumented,
        long tasks,
        List<Latencies.Sparse> latencies,
        List<Outside> outside,
        Map<String, String> notTransformed,
        double nanosPerCall,
        long taskNanos,
        Counters counters)
        implements Serializable {
    private static final long serialVersionUID = 1;

    /** Calls of one cell. */
    record Outside(int cell, long calls, long nanos, long bytes) implements Serializable {
        private static final long serialVersionUID = 1;
    }
}

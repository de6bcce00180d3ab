package io.berth.model.results;

/**
 * What Spark's own task metrics say of the successful tasks of a stage, summed. Spark reports whole milliseconds for most
 * times; they are converted here once.
 *
 * @param runNanos              Σ executorRunTime
 * @param cpuNanos              Σ executorCpuTime
 * @param gcNanos               Σ jvmGCTime; process-wide, so on an executor with several task slots it counts a pause
 *                              once for each running task
 * @param deserializeNanos      Σ executorDeserializeTime
 * @param serializeNanos        Σ resultSerializationTime
 * @param schedulerDelayNanos   Σ (task duration − run − deserialize − serialize), as in Spark's UI
 * @param inputBytes            bytesRead of the input; low with vectored reads
 * @param inputRecords          recordsRead of the input
 * @param outputBytes           bytesWritten of the output
 * @param outputRecords         recordsWritten of the output
 * @param shuffleReadBytes      local and remote
 * @param shuffleReadRecords    local and remote
 * @param fetchWaitNanos        Σ fetchWaitTime; remote fetches only
 * @param shuffleWriteBytes     written
 * @param shuffleWriteRecords   written
 * @param shuffleWriteNanos     Σ shuffle writeTime
 * @param memorySpilledBytes    size in memory of what was spilled
 * @param diskSpilledBytes      size on disk of what was spilled; Spark doesn't time spills
 */
public record SparkTotals(
        long runNanos,
        long cpuNanos,
        long gcNanos,
        long deserializeNanos,
        long serializeNanos,
        long schedulerDelayNanos,
        long inputBytes,
        long inputRecords,
        long outputBytes,
        long outputRecords,
        long shuffleReadBytes,
        long shuffleReadRecords,
        long fetchWaitNanos,
        long shuffleWriteBytes,
        long shuffleWriteRecords,
        long shuffleWriteNanos,
        long memorySpilledBytes,
        long diskSpilledBytes) {

    /** Run time that wasn't CPU time: an upper bound of the time the tasks were blocked on storage. */
    public long offCpuNanos() {
        return Math.max(0, runNanos - cpuNanos);
    }
}

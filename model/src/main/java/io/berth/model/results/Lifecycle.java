package io.berth.model.results;

/**
 * The life of an application, as it says itself.
 *
 * @param jvmUpNanos     from the start of the process to its main method
 * @param contextUpNanos from there to a usable Spark context
 * @param workloadNanos  from there to the end of verification
 */
public record Lifecycle(long jvmUpNanos, long contextUpNanos, long workloadNanos) {}

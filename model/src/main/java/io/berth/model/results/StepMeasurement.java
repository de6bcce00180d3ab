package io.berth.model.results;

import java.util.Map;
import java.util.OptionalLong;

/**
 * A named part of an iteration: a query, or a phase such as {@code write} or {@code read}.
 *
 * @param name         unique in its iteration
 * @param elapsedNanos wall time
 * @param bytes        payload bytes moved, where the workload defines them
 * @param details      further numbers of the workload, each with its unit in the key, such as {@code latencyP99Nanos}
 */
public record StepMeasurement(String name, long elapsedNanos, OptionalLong bytes, Map<String, Double> details) {
    public StepMeasurement {
        details = Map.copyOf(details);
    }
}

package io.berth.workloads;

import io.berth.model.results.StepMeasurement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/** A step while it runs: takes the numbers that the workload itself knows. */
public final class Step {
    private final String name;
    private final Map<String, Double> details = new LinkedHashMap<>();
    private OptionalLong bytes = OptionalLong.empty();

    Step(String name) {
        this.name = name;
    }

    /** What happens in a step. */
    @FunctionalInterface
    public interface Body {
        void run(Step step) throws Exception;
    }

    /** Payload bytes moved by the step. */
    public void bytes(long moved) {
        bytes = OptionalLong.of(moved);
    }

    /** A further number, with its unit at the end of its name, such as {@code latencyP99Nanos}. */
    public void detail(String nameWithUnit, double value) {
        details.put(nameWithUnit, value);
    }

    /** As the other one, for whole numbers. */
    public void detail(String nameWithUnit, long value) {
        detail(nameWithUnit, (double) value);
    }

    StepMeasurement measurement(long elapsedNanos) {
        return new StepMeasurement(name, elapsedNanos, bytes, details);
    }
}

package io.berth.workloads;

import io.berth.model.results.StepMeasurement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/** One pass of a workload, divided into steps. */
public final class Iteration {
    /** Local property of Spark jobs: the index of the iteration that submitted them. */
    static final String ITERATION_PROPERTY = "berth.iteration";
    /** Local property of Spark jobs: the step that submitted them. */
    static final String STEP_PROPERTY = "berth.step";

    private final TrialContext trial;
    private final int index;
    private final Path output;
    private final LongSupplier nanoTime;
    private final List<StepMeasurement> steps = new ArrayList<>();
    private boolean open = true;

    Iteration(TrialContext trial, int index, Path output, LongSupplier nanoTime) {
        this.trial = trial;
        this.index = index;
        this.output = output;
        this.nanoTime = nanoTime;
    }

    /** 0-based, warm-up iterations first. */
    public int index() {
        return index;
    }

    public TrialContext trial() {
        return trial;
    }

    public SparkSession spark() {
        return trial.spark();
    }

    /** The directory on the data role for what this iteration writes. It doesn't exist at first and is removed afterwards. */
    public Path output() {
        return output;
    }

    /**
     * Runs and times a part of the iteration. Steps don't nest, and their names are unique in the iteration.
     *
     * @throws Exception what the body throws
     */
    public void step(String name, Step.Body body) throws Exception {
        if (!open) {
            throw new IllegalStateException("step %s can't begin: the iteration has ended".formatted(name));
        }
        SparkContext context = spark().sparkContext();
        if (context.getLocalProperty(STEP_PROPERTY) != null
                || steps.stream().anyMatch(step -> step.name().equals(name))) {
            throw new IllegalStateException(
                    "step %s is inside another step, or the second of that name".formatted(name));
        }
        Step step = new Step(name);
        context.setLocalProperty(ITERATION_PROPERTY, String.valueOf(index));
        context.setLocalProperty(STEP_PROPERTY, name);
        long begin = nanoTime.getAsLong();
        try {
            body.run(step);
            steps.add(step.measurement(nanoTime.getAsLong() - begin));
        } finally {
            context.setLocalProperty(ITERATION_PROPERTY, null);
            context.setLocalProperty(STEP_PROPERTY, null);
        }
    }

    List<StepMeasurement> end() {
        open = false;
        return List.copyOf(steps);
    }
}

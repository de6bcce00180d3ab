package io.berth.probe;

/**
 * Local properties of Spark's driver threads that the probe looks at; Spark hands them on to tasks. An application that
 * sets none is measured all the same.
 */
public final class LocalProperties {
    /** Index of the iteration. */
    public static final String ITERATION = "berth.iteration";

    /** Name of the step. */
    public static final String STEP = "berth.step";

    static final String JOB_GROUP = "spark.jobGroup.id";
    static final String EXECUTION = "spark.sql.execution.id";

    private LocalProperties() {}
}

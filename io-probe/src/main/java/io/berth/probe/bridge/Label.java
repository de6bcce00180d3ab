package io.berth.probe.bridge;

import org.jspecify.annotations.Nullable;

/**
 * On whose behalf a thread calls storage.
 *
 * @param iteration the local property {@code berth.iteration}, null when the application doesn't set it
 * @param step      the local property {@code berth.step}, null when the application doesn't set it
 * @param jobGroup  Spark's job group, null without one
 * @param execution Spark's SQL execution id, null outside of one; {@link #OLDER} for those that are no longer told apart
 * @param driver    whether it is a thread of the driver's own, which nobody else waits for
 */
public record Label(
        @Nullable String iteration,
        @Nullable String step,
        @Nullable String jobGroup,
        @Nullable String execution,
        boolean driver) {
    /** Nobody knows. */
    public static final Label NONE = new Label(null, null, null, null, false);

    /** In place of a number that Spark has given. */
    public static final String OLDER = "older";

    /** What latencies are told apart by. */
    Label ofLatencies() {
        return new Label(iteration, step, null, null, false);
    }

    /** The same without what an application that runs for months has ever more of. */
    Label older() {
        return jobGroup == null && execution == null ? this : new Label(iteration, step, null, OLDER, driver);
    }
}

package io.berth.probe.bridge;

import org.jspecify.annotations.Nullable;

/**
 * On whose behalf a thread calls storage.
 *
 * @param iteration the local property {@code berth.iteration}, null when the application doesn't set it
 * @param step      the local property {@code berth.step}, null when the application doesn't set it
 * @param jobGroup  Spark's job group, null without one
 * @param execution Spark's SQL execution id, null outside of one
 */
public record Label(
        @Nullable String iteration,
        @Nullable String step,
        @Nullable String jobGroup,
        @Nullable String execution) {
    public static final Label NONE = new Label(null, null, null, null);
}

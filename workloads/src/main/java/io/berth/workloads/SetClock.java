package io.berth.workloads;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Tells when somebody sets the clock that Spark dates its stages and tasks by: how far it has run ahead of the monotonic one since
 * this object was made.
 */
final class SetClock {
    /** Less than that is called a drift, which clocks have by themselves and daemons correct. */
    private static final Duration STEP = Duration.ofSeconds(1);

    private final InstantSource wall;
    private final LongSupplier monotonic;
    private final long beganMillis;
    private final long beganNanos;

    SetClock(InstantSource wall, LongSupplier monotonic) {
        this.wall = wall;
        this.monotonic = monotonic;
        this.beganMillis = wall.millis();
        this.beganNanos = monotonic.getAsLong();
    }

    /** Milliseconds; negative if the clock was set back. */
    long ahead() {
        return wall.millis() - beganMillis - TimeUnit.NANOSECONDS.toMillis(monotonic.getAsLong() - beganNanos);
    }

    /** By how much the clock was set between two values of {@link #ahead}; 0 if it only has drifted. */
    static long step(long before, long after) {
        long step = after - before;
        return Math.abs(step) < STEP.toMillis() ? 0 : step;
    }
}

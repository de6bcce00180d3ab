package io.berth.probe;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A slow storage: sleeps inside hooked methods, and measures its sleeps, because they are longer than asked for. */
public final class Delay {
    private static final AtomicLong SLEPT_NANOS = new AtomicLong();
    private static volatile long nanos;

    private Delay() {}

    /** From now on. */
    public static void set(long wantedNanos) {
        nanos = wantedNanos;
    }

    /** Called from inside the hooked methods. */
    public static void pause() {
        if (nanos != 0) {
            long started = System.nanoTime();
            LockSupport.parkNanos(nanos);
            SLEPT_NANOS.addAndGet(System.nanoTime() - started);
        }
    }

    /** Since the last call of this. */
    public static long sleptNanos() {
        return SLEPT_NANOS.getAndSet(0);
    }
}

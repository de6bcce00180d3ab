package io.berth.probe.bridge;

import java.util.concurrent.locks.LockSupport;

/**
 * A coarse clock for sampled mode: two reads of a shared field tell that a call took long, where two reads of the real
 * clock cost 47 ns (2-core EPYC, JDK 17).
 */
final class Ticker {
    /** Nominal distance of two ticks; the scheduler makes it longer. */
    static final long TICK_NANOS = 1_000_000;

    /** Of the last tick. Written before {@link #ticks}; a reader may see it one tick too new, which is within the error. */
    static long nanos;

    static volatile long ticks;

    private static boolean started;

    private Ticker() {}

    static synchronized void start() {
        if (!started) {
            started = true;
            Thread thread = new Thread(Ticker::run, "berth-io-probe-ticker");
            thread.setDaemon(true);
            thread.start();
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private static void run() {
        while (true) {
            LockSupport.parkNanos(TICK_NANOS);
            nanos = System.nanoTime();
            ticks++;
        }
    }
}

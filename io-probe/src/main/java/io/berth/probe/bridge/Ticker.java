package io.berth.probe.bridge;

import java.util.concurrent.locks.LockSupport;

/**
 * A coarse clock for sampled mode: two reads of a shared field tell that a call took long, where two reads of the real
 * clock cost 47 ns (2-core EPYC, JDK 17). Not final only for tests, which tick by themselves.
 */
class Ticker {
    /** Nominal distance of two ticks; the scheduler makes it longer. */
    static final long TICK_NANOS = 1_000_000;

    static final Ticker REAL = new Ticker();

    /** How many ticks are remembered; a call that takes longer has no use for half a tick more or less. */
    private static final int REMEMBERED = 1024;

    private final long[] times = new long[REMEMBERED];
    private long tickNanos;
    private volatile long ticks;
    private boolean started;

    long nanoTime() {
        return System.nanoTime();
    }

    /** How many there were. */
    final long ticks() {
        return ticks;
    }

    /** Time of the last one. Read after {@link #ticks} it may be one tick too new, which is within the error. */
    final long tickNanos() {
        return tickNanos;
    }

    /**
     * When the first tick after another came; that of the other if it is too long ago to be remembered.
     *
     * @param before      number of a tick that isn't the last
     * @param beforeNanos its time
     */
    final long next(long before, long beforeNanos) {
        return ticks - before >= REMEMBERED ? beforeNanos : times[(int) ((before + 1) % REMEMBERED)];
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread ticks
    final void tick(long now) {
        times[(int) ((ticks + 1) % REMEMBERED)] = now;
        tickNanos = now;
        ticks++;
    }

    final synchronized void start() {
        if (!started) {
            started = true;
            Thread thread = new Thread(this::run, "berth-io-probe-ticker");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void run() {
        while (true) {
            LockSupport.parkNanos(TICK_NANOS);
            tick(System.nanoTime());
        }
    }
}

package io.berth.probe.selftest;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A slow storage: sleeps where it is called, and measures its sleeps, because they are longer than asked for. It also
 * measures from inside how long hooked calls took, which tells the storage's own time from the probe's.
 */
public final class Delay {
    private static final long NESTED = Long.MIN_VALUE;
    private static final AtomicLong SLEPT_NANOS = new AtomicLong();
    private static final AtomicLong INSIDE_NANOS = new AtomicLong();
    private static final ThreadLocal<boolean[]> INSIDE = ThreadLocal.withInitial(() -> new boolean[1]);
    private static volatile long callNanos;
    private static volatile Requests delayed = new Requests("", 0);
    private static int requests;
    private static long firstRequestNanos;

    private record Requests(String method, long nanos) {}

    private Delay() {}

    /** From now on each hooked call sleeps so long, before it does anything else. */
    static void calls(long nanos) {
        callNanos = nanos;
    }

    /**
     * From now on each request with that method through a {@link Relay} is held up so long, on a thread that nobody waits
     * for by itself.
     */
    static void requests(String method, long nanos) {
        delayed = new Requests(method, nanos);
    }

    /**
     * Holds up one request, if it is of those that are. Requests that are held up at the same time count once, as for
     * whoever waits for them.
     *
     * @param startsWith what it starts with
     */
    static void request(String startsWith) {
        Requests requests = delayed;
        if (requests.nanos != 0 && startsWith.startsWith(requests.method + ' ')) {
            begin();
            LockSupport.parkNanos(requests.nanos);
            end();
        }
    }

    private static synchronized void begin() {
        if (requests++ == 0) {
            firstRequestNanos = System.nanoTime();
        }
    }

    private static synchronized void end() {
        if (--requests == 0) {
            SLEPT_NANOS.addAndGet(System.nanoTime() - firstRequestNanos);
        }
    }

    /** Called at the start of a hooked call; hand what it returns to {@link #exit}. */
    public static long enter() {
        boolean[] inside = INSIDE.get();
        if (inside[0]) {
            return NESTED;
        }
        inside[0] = true;
        long started = System.nanoTime();
        long nanos = callNanos;
        if (nanos != 0) {
            LockSupport.parkNanos(nanos);
            SLEPT_NANOS.addAndGet(System.nanoTime() - started);
        }
        return started;
    }

    /** Called at the end of a hooked call, also when it throws. */
    public static void exit(long started) {
        if (started != NESTED) {
            INSIDE_NANOS.addAndGet(System.nanoTime() - started);
            INSIDE.get()[0] = false;
        }
    }

    /** Slept since the last call of this. */
    static long takeSleptNanos() {
        return SLEPT_NANOS.getAndSet(0);
    }

    /** Spent in outermost hooked calls since the last call of this, sleeps and the storage's own time together. */
    static long takeInsideNanos() {
        return INSIDE_NANOS.getAndSet(0);
    }
}

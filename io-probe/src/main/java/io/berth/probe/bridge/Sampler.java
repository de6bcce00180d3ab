package io.berth.probe.bridge;

/**
 * Decides which calls of one thread are timed in sampled mode, and for how many calls each of those stands.
 *
 * <p>Every call is counted. The first {@value #TIMED_FIRST} of a task are timed; of the others one in {@value #STRIDE} on
 * average, which stands for {@value #STRIDE}. The distance is random, so that no period in the application can hide from
 * it or be all it sees. Slow calls are rare and make up much of the time, so they aren't left to chance: a call that goes on
 * for a millisecond after the {@link Ticker} has ticked counts for itself alone. It began in the gap of some length g before
 * that tick, which on a busy machine comes late. Of calls of length L that begin anywhere in such a gap those are seen that
 * begin less than L - 1 ms before the tick; after it they go on for r, evenly between 1 ms and L. So r + (r - 1 ms), whose mean
 * is L, says how long they took, and for those longer than the gap r + (r - 1 ms) mod g. Those that aren't seen are left to
 * chance.
 */
final class Sampler {
    static final int TIMED_FIRST = 256;
    static final int STRIDE = 64;

    private final Ticker ticker;
    private int random;
    private int callsToNextTimed;
    private int first;
    private int weight;
    private long startedNanos;
    private long startTicks;
    private long startTickNanos;
    private long nanos;

    Sampler(Ticker ticker, int seed) {
        this.ticker = ticker;
        // Xorshift never leaves zero.
        random = seed | 1;
        beginTask();
    }

    /** The next call is the first of a task. */
    void beginTask() {
        first = TIMED_FIRST;
        callsToNextTimed = 1;
    }

    /** A call begins. */
    void begin() {
        startTicks = ticker.ticks();
        startTickNanos = ticker.tickNanos();
        if (--callsToNextTimed > 0) {
            weight = 0;
            return;
        }
        if (first > 0) {
            first--;
            callsToNextTimed = 1;
            weight = 1;
        } else {
            callsToNextTimed = distance();
            weight = STRIDE;
        }
        startedNanos = ticker.nanoTime();
    }

    /** A call ends. Returns for how many calls it stands; 0 if it wasn't timed. */
    int end() {
        boolean ticked = ticker.ticks() != startTicks;
        if (weight == 0 && !ticked) {
            return 0;
        }
        long now = ticker.nanoTime();
        if (weight != 0) {
            nanos = now - startedNanos;
        }
        if (!ticked) {
            return weight;
        }
        long firstTickNanos = ticker.next(startTicks, startTickNanos);
        long overNanos = now - firstTickNanos - Ticker.TICK_NANOS;
        if (overNanos < 0) {
            return weight;
        }
        if (weight == 0) {
            nanos = now - firstTickNanos + overNanos % Math.max(1, firstTickNanos - startTickNanos);
        }
        return 1;
    }

    /** How long the last call took, if {@link #end} said that it was timed. */
    long nanos() {
        return nanos;
    }

    /** Uniform between 1 and 2 × STRIDE − 1, by xorshift: G. Marsaglia, "Xorshift RNGs", 2003. */
    private int distance() {
        int next = random;
        next ^= next << 13;
        next ^= next >>> 17;
        next ^= next << 5;
        random = next;
        return 1 + Integer.remainderUnsigned(next, 2 * STRIDE - 1);
    }
}

package io.berth.probe.bridge;

import org.jspecify.annotations.Nullable;

/**
 * The storage calls of one thread: what is called around every instrumented call, and the account they are charged to.
 * Only the outermost call counts, so that the sum over all categories can't exceed the time that passed.
 * In sampled mode a {@link Sampler} decides which calls are timed.
 */
public final class Ledger {
    private static final long NOT_AROUND = Long.MIN_VALUE;
    private static final ThreadLocal<Ledger> CURRENT = ThreadLocal.withInitial(Ledger::new);

    private Account outside = Outside.open(Label.NONE);
    private Account account = outside;
    private boolean inside;
    private long startedNanos;
    private int purpose = Purpose.NONE;
    private int vectoredScheme = Schemes.OTHER;
    /** Time of this thread that was charged to any account, ever; of calls that weren't timed there is none. */
    private long chargedNanos;

    /** How many calls the thread is in that take off what is charged meanwhile. */
    private int arounds;

    private boolean exact;
    private final Sampler sampler = new Sampler(Ticker.REAL, System.identityHashCode(this));

    private Ledger() {}

    /** The calling thread's. */
    public static Ledger current() {
        return CURRENT.get();
    }

    /**
     * Called at the start of an instrumented call.
     *
     * @return what to hand to {@link #exit}; null if this call is part of another, or the probe is off
     */
    public static @Nullable Ledger enter() {
        int mode = Bridge.mode();
        if (mode == Bridge.OFF) {
            return null;
        }
        Ledger ledger = CURRENT.get();
        if (ledger.inside) {
            return null;
        }
        if (!ledger.account.ofTask()) {
            ledger.relabel();
        }
        // Entered last, so that an error on the way leaves the thread outside.
        if (mode == Bridge.EXACT || ledger.arounds != 0) {
            ledger.exact = true;
            ledger.startedNanos = System.nanoTime();
        } else {
            ledger.exact = false;
            ledger.sampler.begin();
        }
        ledger.inside = true;
        return ledger;
    }

    /**
     * Called at the end of an instrumented call, also when it throws.
     *
     * @param ledger what {@link #enter} returned
     * @param cell   what was called
     * @param bytes  moved; less than 0 counts as 0, as at the end of a file
     */
    public static void exit(@Nullable Ledger ledger, int cell, long bytes) {
        if (ledger != null) {
            if (ledger.exact) {
                long nanos = System.nanoTime() - ledger.startedNanos;
                ledger.inside = false;
                ledger.charge(cell, nanos, 1, bytes);
            } else {
                ledger.exitSampled(cell, bytes);
            }
        }
    }

    /**
     * Called at the start of a call that waits, and also makes calls that are instrumented themselves: only the time
     * outside of those counts for it. So those are timed, every one of them, in sampled mode, too.
     */
    public static long enterAround() {
        if (Bridge.mode() == Bridge.OFF) {
            return NOT_AROUND;
        }
        Ledger ledger = CURRENT.get();
        if (ledger.inside) {
            return NOT_AROUND;
        }
        ledger.arounds++;
        return System.nanoTime() - ledger.chargedNanos;
    }

    /** Called at the end of a call, with what {@link #enterAround} returned. */
    public static void exitAround(long entered, int cell) {
        if (entered != NOT_AROUND) {
            Ledger ledger = CURRENT.get();
            ledger.arounds = Math.max(0, ledger.arounds - 1);
            ledger.charge(cell, Math.max(0, System.nanoTime() - ledger.chargedNanos - entered), 1, 0);
        }
    }

    /** Called at the start of a call all of whose calls serve one {@link Purpose}; returns the purpose before. */
    public static int enterScope(int purpose) {
        Ledger ledger = CURRENT.get();
        int before = ledger.purpose;
        ledger.purpose = purpose;
        return before;
    }

    /** Called at the end of a call, with what {@link #enterScope} returned. */
    public static void exitScope(int before) {
        CURRENT.get().purpose = before;
    }

    /** Called at the start of a call all of whose calls are none of the application's business. */
    public static boolean enterIgnored() {
        Ledger ledger = CURRENT.get();
        if (ledger.inside) {
            return false;
        }
        ledger.inside = true;
        return true;
    }

    /** Called at the end of a call, with what {@link #enterIgnored} returned. */
    public static void exitIgnored(boolean entered) {
        if (entered) {
            CURRENT.get().inside = false;
        }
    }

    /** Bytes of a call that is timed elsewhere. */
    public static void bytes(int cell, long bytes) {
        if (Bridge.mode() != Bridge.OFF) {
            Ledger ledger = CURRENT.get();
            ledger.account.addBytes(Purpose.replaced(ledger.purpose, cell), bytes);
        }
    }

    /** This thread has asked a stream of that scheme for ranges; futures don't say what they wait for. */
    public static void vectored(int scheme) {
        CURRENT.get().vectoredScheme = scheme;
    }

    /** Of the last stream that this thread asked for ranges. */
    public int vectoredScheme() {
        return vectoredScheme;
    }

    /**
     * From now on the calling thread's calls belong to a task. A call of an earlier task that never ended, as after an
     * error in the virtual machine, is left behind.
     */
    public Account beginTask(Label label) {
        inside = false;
        arounds = 0;
        purpose = Purpose.NONE;
        account = new Account(label, true);
        sampler.beginTask();
        return account;
    }

    /** From now on the calling thread's calls belong to no task. */
    public void endTask() {
        account = outside;
        sampler.beginTask();
    }

    private void relabel() {
        Account relabelled = Outside.relabelled(outside);
        if (relabelled != outside) {
            outside = relabelled;
            account = relabelled;
            sampler.beginTask();
        }
    }

    private void charge(int cell, long nanos, int weight, long bytes) {
        chargedNanos += nanos;
        account.add(
                purpose == Purpose.NONE ? cell : Purpose.replaced(purpose, cell), nanos, weight, Math.max(0, bytes));
    }

    private void exitSampled(int cell, long bytes) {
        int weight = sampler.end();
        inside = false;
        if (weight == 0) {
            account.count(purpose == Purpose.NONE ? cell : Purpose.replaced(purpose, cell), Math.max(0, bytes));
        } else {
            charge(cell, sampler.nanos(), weight, bytes);
        }
    }
}

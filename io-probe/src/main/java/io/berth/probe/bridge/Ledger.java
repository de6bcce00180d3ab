package io.berth.probe.bridge;

import org.jspecify.annotations.Nullable;

/**
 * The storage calls of one thread: the two methods around every instrumented call, and the account they are charged to.
 * Only the outermost call counts, so that the sum over all categories can't exceed the time that passed.
 */
public final class Ledger {
    private static final ThreadLocal<Ledger> CURRENT = ThreadLocal.withInitial(Ledger::new);

    private final Account outside = Outside.open(Label.NONE);
    private Account account = outside;
    private boolean inside;
    private long startedNanos;

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
        if (Bridge.off()) {
            return null;
        }
        Ledger ledger = CURRENT.get();
        if (ledger.inside) {
            return null;
        }
        ledger.begin();
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
            ledger.end(cell, bytes);
        }
    }

    private void begin() {
        if (!account.ofTask()) {
            account = Outside.relabelled(account);
        }
        // Last, so that an error in the lines above leaves the thread outside.
        startedNanos = System.nanoTime();
        inside = true;
    }

    private void end(int cell, long bytes) {
        long spentNanos = System.nanoTime() - startedNanos;
        inside = false;
        account.add(cell, spentNanos, Math.max(0, bytes));
    }

    /**
     * From now on the calling thread's calls belong to a task. Calls of an earlier task that never ended, as after an
     * error in the virtual machine, are left behind.
     */
    public Account beginTask(Label label) {
        inside = false;
        account = new Account(label, true);
        return account;
    }

    /** From now on the calling thread's calls belong to no task. */
    public void endTask() {
        account = outside;
    }
}

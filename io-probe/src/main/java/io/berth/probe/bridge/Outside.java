package io.berth.probe.bridge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calls of threads that run no task: the driver's own, and helper threads of file systems. They must not be lost. */
public final class Outside {
    private static final Object LOCK = new Object();
    private static final List<Open> OPEN = new ArrayList<>();
    private static final Map<Label, Account> CLOSED = new HashMap<>();
    private static volatile @Nullable Supplier<Label> labels;

    private record Open(Thread thread, Account account) {}

    private Outside() {}

    /** From now on threads without a task are labelled by this, which is called on each of their calls. */
    public static void labelBy(Supplier<Label> source) {
        labels = source;
    }

    /** The accounts so far, one for each label. */
    public static List<Account> accounts() {
        synchronized (LOCK) {
            closeEnded();
            Map<Label, Account> sums = new HashMap<>();
            CLOSED.values().forEach(account -> sum(sums, account));
            OPEN.forEach(open -> sum(sums, open.account));
            return List.copyOf(sums.values());
        }
    }

    static Account open(Label label) {
        Account account = new Account(label, false);
        synchronized (LOCK) {
            closeEnded();
            OPEN.add(new Open(Thread.currentThread(), account));
        }
        return account;
    }

    static Account relabelled(Account account) {
        Supplier<Label> source = labels;
        if (source == null) {
            return account;
        }
        Label label = source.get();
        if (label.equals(account.label())) {
            return account;
        }
        synchronized (LOCK) {
            for (Open open : OPEN) {
                if (open.thread == Thread.currentThread()
                        && open.account.label().equals(label)) {
                    return open.account;
                }
            }
        }
        return open(label);
    }

    // Keeping the thread itself, not a weak reference: only isAlive() makes its last writes visible.
    private static void closeEnded() {
        for (Iterator<Open> each = OPEN.iterator(); each.hasNext(); ) {
            Open open = each.next();
            if (!open.thread.isAlive()) {
                sum(CLOSED, open.account);
                each.remove();
            }
        }
    }

    private static void sum(Map<Label, Account> sums, Account account) {
        sums.computeIfAbsent(account.label(), label -> new Account(label, false))
                .addAll(account);
    }
}

package io.berth.probe.bridge;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls of threads that run no task: the driver's own, and helper threads of file systems. They must not be lost, and must
 * not fill the memory of a driver that runs for months: each live thread has one account, and what it has left under
 * other labels is added up.
 */
public final class Outside {
    /** How many labels are told apart; beyond that, the oldest become {@link Label#OLDER}. */
    static final int LABELS = 1000;

    private static final Object LOCK = new Object();
    // Keeping the thread itself, not a weak reference: only isAlive() makes its last writes visible.
    private static final Map<Thread, Account> OPEN = new HashMap<>();
    private static final Map<Label, Account> COSTS = new LinkedHashMap<>();
    private static final Map<Label, Account> LATENCIES = new HashMap<>();
    private static volatile @Nullable Supplier<Label> labels;

    private Outside() {}

    /** From now on threads without a task are labelled by this, which is called on each of their calls. */
    public static void labelBy(Supplier<Label> source) {
        labels = source;
    }

    /** From now on nobody knows whom threads without a task serve. */
    public static void unlabelled() {
        labels = null;
    }

    /** What it cost so far: calls, time and bytes, an account for each label. */
    public static List<Account> costs() {
        synchronized (LOCK) {
            closeEnded();
            Map<Label, Account> sums = new HashMap<>();
            COSTS.values().forEach(account -> addCosts(sums, account.label(), account));
            OPEN.values().forEach(account -> addCosts(sums, account.label(), account));
            return List.copyOf(sums.values());
        }
    }

    /** How long single calls took so far, an account for each iteration and step. */
    public static List<Account> latencies() {
        synchronized (LOCK) {
            closeEnded();
            Map<Label, Account> sums = new HashMap<>();
            LATENCIES.values().forEach(account -> addLatencies(sums, account));
            OPEN.values().forEach(account -> addLatencies(sums, account));
            return List.copyOf(sums.values());
        }
    }

    static Account open(Label label) {
        Account account = new Account(label, false);
        synchronized (LOCK) {
            closeEnded();
            Account forgotten = OPEN.put(Thread.currentThread(), account);
            // Some pools clear the thread-local variables of their threads.
            if (forgotten != null) {
                close(forgotten);
            }
        }
        return account;
    }

    /** The calling thread's account, which is this one unless its label has changed. */
    static Account relabelled(Account account) {
        Supplier<Label> source = labels;
        Label label = source == null ? Label.NONE : source.get();
        if (label.equals(account.label())) {
            return account;
        }
        Account relabelled = new Account(label, false);
        synchronized (LOCK) {
            close(account);
            OPEN.put(Thread.currentThread(), relabelled);
        }
        return relabelled;
    }

    private static void closeEnded() {
        for (Iterator<Map.Entry<Thread, Account>> each = OPEN.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<Thread, Account> open = each.next();
            if (!open.getKey().isAlive()) {
                close(open.getValue());
                each.remove();
            }
        }
    }

    private static void close(Account account) {
        if (account.isEmpty()) {
            return;
        }
        addCosts(COSTS, account.label(), account);
        addLatencies(LATENCIES, account);
        if (COSTS.size() > LABELS) {
            COSTS.keySet().stream()
                    .filter(label -> !label.equals(label.older()))
                    .findFirst()
                    .ifPresent(label -> addCosts(COSTS, label.older(), COSTS.remove(label)));
        }
    }

    private static void addCosts(Map<Label, Account> sums, Label label, Account account) {
        sums.computeIfAbsent(label, missing -> new Account(label, false)).addCosts(account);
    }

    private static void addLatencies(Map<Label, Account> sums, Account account) {
        sums.computeIfAbsent(account.label().ofLatencies(), label -> new Account(label, false))
                .addLatencies(account);
    }
}

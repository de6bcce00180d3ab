package io.berth.probe.bridge;

import org.jspecify.annotations.Nullable;

/**
 * What one thread spent on storage, by cell. Written by that thread alone and without synchronisation; others may read it
 * when the thread has ended or handed it over, or accept that the last few calls are missing.
 */
public final class Account {
    private final Label label;
    private final boolean task;
    private final long[] calls = new long[Cells.COUNT];
    private final long[] nanos = new long[Cells.COUNT];
    private final long[] bytes = new long[Cells.COUNT];
    private final long[] @Nullable [] latencies = new long[Cells.COUNT][];

    Account(Label label, boolean task) {
        this.label = label;
        this.task = task;
    }

    public Label label() {
        return label;
    }

    /** Whether it belongs to a task; other threads look up their label on every call. */
    boolean ofTask() {
        return task;
    }

    public long calls(int cell) {
        return calls[cell];
    }

    public long nanos(int cell) {
        return nanos[cell];
    }

    public long bytes(int cell) {
        return bytes[cell];
    }

    /** Counts by {@link Buckets}, null if there was no call. The account's own array, not a copy. */
    public long @Nullable [] latencies(int cell) {
        return latencies[cell];
    }

    void add(int cell, long spentNanos, int weight, long movedBytes) {
        count(cell, movedBytes);
        nanos[cell] += spentNanos * weight;
        long[] counts = latencies[cell];
        if (counts == null) {
            counts = ensure(cell);
        }
        counts[Buckets.index(spentNanos)] += weight;
    }

    /** A call that wasn't timed. */
    void count(int cell, long movedBytes) {
        calls[cell]++;
        bytes[cell] += movedBytes;
    }

    void addBytes(int cell, long movedBytes) {
        bytes[cell] += movedBytes;
    }

    boolean isEmpty() {
        for (int cell = 0; cell < Cells.COUNT; cell++) {
            if (calls[cell] != 0 || bytes[cell] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Takes over what another has of costs. */
    void addCosts(Account other) {
        for (int cell = 0; cell < Cells.COUNT; cell++) {
            calls[cell] += other.calls[cell];
            nanos[cell] += other.nanos[cell];
            bytes[cell] += other.bytes[cell];
        }
    }

    /** Takes over what another has of latencies. */
    void addLatencies(Account other) {
        for (int cell = 0; cell < Cells.COUNT; cell++) {
            long[] theirs = other.latencies[cell];
            if (theirs != null) {
                long[] ours = ensure(cell);
                for (int bucket = 0; bucket < theirs.length; bucket++) {
                    ours[bucket] += theirs[bucket];
                }
            }
        }
    }

    private long[] ensure(int cell) {
        long[] counts = latencies[cell];
        if (counts == null) {
            counts = new long[Buckets.COUNT];
            latencies[cell] = counts;
        }
        return counts;
    }
}

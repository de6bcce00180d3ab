package io.berth.probe;

import io.berth.probe.bridge.Account;
import io.berth.probe.bridge.Cells;
import io.berth.probe.bridge.Label;
import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Latency counts by iteration, step and cell, merged from many accounts. Not safe for use by several threads. */
final class Latencies {
    private final Map<Key, long[]> counts = new LinkedHashMap<>();

    /** Whose latencies. */
    record Key(@Nullable String iteration, @Nullable String step, int cell) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /**
     * The non-empty buckets of one key, to be sent.
     *
     * @param buckets indexes of {@code io.berth.probe.bridge.Buckets}
     * @param counts  as many
     */
    @SuppressWarnings("ArrayRecordComponent") // only sent and added up, never compared
    record Sparse(Key key, int[] buckets, long[] counts) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    void add(Account account) {
        Label label = account.label();
        for (int cell = 0; cell < Cells.COUNT; cell++) {
            long[] theirs = account.latencies(cell);
            if (theirs != null) {
                add(new Key(label.iteration(), label.step(), cell), theirs);
            }
        }
    }

    void add(Sparse sparse, int length) {
        long[] ours = of(sparse.key, length);
        for (int i = 0; i < sparse.buckets.length; i++) {
            ours[sparse.buckets[i]] += sparse.counts[i];
        }
    }

    void add(Key key, long[] more) {
        long[] ours = of(key, more.length);
        for (int bucket = 0; bucket < more.length; bucket++) {
            ours[bucket] += more[bucket];
        }
    }

    /** Everything since the last call of this. */
    List<Sparse> drain() {
        List<Sparse> drained = counts.entrySet().stream()
                .map(each -> sparse(each.getKey(), each.getValue()))
                .toList();
        counts.clear();
        return drained;
    }

    Map<Key, long[]> counts() {
        return counts;
    }

    private long[] of(Key key, int length) {
        return counts.computeIfAbsent(key, missing -> new long[length]);
    }

    private static Sparse sparse(Key key, long[] counts) {
        int[] buckets = new int[counts.length];
        long[] some = new long[counts.length];
        int used = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (counts[bucket] != 0) {
                buckets[used] = bucket;
                some[used++] = counts[bucket];
            }
        }
        return new Sparse(key, Arrays.copyOf(buckets, used), Arrays.copyOf(some, used));
    }
}

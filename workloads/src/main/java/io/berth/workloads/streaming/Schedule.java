package io.berth.workloads.streaming;

import java.io.Serializable;

/**
 * When each value of the stream is due, in wall-clock time and in event time. Values are 0, 1, 2, …; neither time depends
 * on how fast the query is, so a query that falls behind finds the values it missed waiting, each with the time it was due.
 *
 * @param rows          how many values there are; then the stream stays silent
 * @param rowsPerSecond how many are due in a second
 */
record Schedule(long rows, long rowsPerSecond) implements Serializable {
    private static final long MILLIS_PER_SECOND = 1_000;
    private static final long MICROS_PER_SECOND = 1_000_000;

    /** How many values are due, that many milliseconds after the beginning. */
    long due(long elapsedMillis) {
        long whole = elapsedMillis / MILLIS_PER_SECOND;
        if (whole > rows / rowsPerSecond) {
            return rows;
        }
        long part = elapsedMillis % MILLIS_PER_SECOND;
        return Math.max(0, Math.min(rows, whole * rowsPerSecond + part * rowsPerSecond / MILLIS_PER_SECOND));
    }

    /** When a value is due, in milliseconds after the beginning, rounded down. */
    long dueMillis(long value) {
        long count = value + 1;
        return count / rowsPerSecond * MILLIS_PER_SECOND + count % rowsPerSecond * MILLIS_PER_SECOND / rowsPerSecond;
    }

    /** The value's event time, in microseconds since 1970; the first is there. */
    long eventMicros(long value) {
        return value / rowsPerSecond * MICROS_PER_SECOND + value % rowsPerSecond * MICROS_PER_SECOND / rowsPerSecond;
    }
}

package io.berth.runner.run;

/**
 * When it is time for another report. A report has all trials so far, so that one after each of many short blocks would take
 * longer than the blocks do.
 */
final class ReportPace {
    /** Reports take at most one part in so many of a run, but for the first and the last one. */
    private static final int SHARE = 50;

    private long writtenAt;
    private long writingNanos;

    /** Of a run that begins; its first report is due at once. */
    ReportPace(long nowNanos) {
        this.writtenAt = nowNanos;
    }

    boolean due(long nowNanos) {
        return nowNanos - writtenAt >= SHARE * writingNanos;
    }

    /** A report was written, from one time to another. */
    void written(long beganNanos, long endedNanos) {
        writtenAt = endedNanos;
        writingNanos = endedNanos - beganNanos;
    }
}

package io.berth.workloads.streaming;

import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQueryProgress;

/**
 * What the micro-batches of a query have cost, from its progress: whole milliseconds of the driver's clock. A batch is done
 * when its commit is in the checkpoint; the sink's log was written before.
 */
final class BatchCosts {
    /** Latencies of a batch's values lie on a line, so that many of them stand for all. */
    private static final long POINTS_PER_BATCH = 1_000;

    private static final int SIGNIFICANT_DIGITS = 3;

    private final WindowedQuery query;
    private final List<StreamingQueryProgress> batches;
    private final int slots;

    /**
     * Of the batches that ran; what a query tells while it waits for input is left out.
     *
     * @param slots tasks that can run at a time
     */
    BatchCosts(WindowedQuery query, StreamingQueryProgress[] progress, int slots) {
        this.query = query;
        this.batches = Arrays.stream(progress)
                .filter(it -> it.durationMs().containsKey("addBatch"))
                .toList();
        this.slots = slots;
    }

    /** Everything, by names that end with the unit. */
    Map<String, Double> details() {
        Map<String, Double> details = new LinkedHashMap<>();
        Histogram latencies = latencies();
        details.put("latencyP50Nanos", (double) latencies.getValueAtPercentile(50));
        details.put("latencyP90Nanos", (double) latencies.getValueAtPercentile(90));
        details.put("latencyP99Nanos", (double) latencies.getValueAtPercentile(99));
        details.put("latencyMaxNanos", (double) latencies.getMaxValue());
        Histogram windows = windowLatencies();
        details.put("windowLatencyP50Nanos", (double) windows.getValueAtPercentile(50));
        details.put("windowLatencyMaxNanos", (double) windows.getMaxValue());
        Histogram times = new Histogram(SIGNIFICANT_DIGITS);
        batches.forEach(batch -> times.recordValue(nanos(batch, "triggerExecution")));
        details.put("batches", (double) batches.size());
        details.put("batchP50Nanos", (double) times.getValueAtPercentile(50));
        details.put("batchMaxNanos", (double) times.getMaxValue());
        double walCommit = sum(batch -> nanos(batch, "walCommit"));
        double commitOffsets = sum(batch -> nanos(batch, "commitOffsets"));
        details.put("walCommitNanos", walCommit);
        details.put("commitOffsetsNanos", commitOffsets);
        details.put("stateCommitTaskNanos", sum(BatchCosts::stateCommitTaskNanos));
        details.put(
                "checkpointFraction",
                (walCommit + commitOffsets + sum(this::stateCommitNanos))
                        / Math.max(1, sum(batch -> nanos(batch, "triggerExecution"))));
        return details;
    }

    /** From the moment when a value was due until the batch that took it in was done. */
    private Histogram latencies() {
        Histogram latencies = new Histogram(SIGNIFICANT_DIGITS);
        for (StreamingQueryProgress batch : batches) {
            PacedSource.Position end = end(batch);
            long from = end.rows() - batch.numInputRows();
            long stride = Math.max(1, batch.numInputRows() / POINTS_PER_BATCH);
            for (long value = from; value < end.rows(); value += stride) {
                latencies.recordValueWithCount(sinceDueNanos(batch, end, value), Math.min(stride, end.rows() - value));
            }
        }
        return latencies;
    }

    /** From the moment when a window's last value was due until the batch that wrote the window was done. */
    private Histogram windowLatencies() {
        Histogram latencies = new Histogram(SIGNIFICANT_DIGITS);
        long closed = 0;
        for (StreamingQueryProgress batch : batches) {
            String watermark = batch.eventTime().get("watermark");
            long closedNow = watermark == null ? 0 : Instant.parse(watermark).toEpochMilli() / query.windowMillis();
            for (; closed < closedNow; closed++) {
                long last = query.windows().lastValue(closed);
                latencies.recordValue(sinceDueNanos(batch, end(batch), last));
            }
        }
        return latencies;
    }

    private long sinceDueNanos(StreamingQueryProgress batch, PacedSource.Position end, long value) {
        long doneMillis = Instant.parse(batch.timestamp()).toEpochMilli() + millis(batch, "triggerExecution");
        long dueMillis = end.beginMillis() + query.schedule().dueMillis(value);
        return TimeUnit.MILLISECONDS.toNanos(Math.max(0, doneMillis - dueMillis));
    }

    private static PacedSource.Position end(StreamingQueryProgress batch) {
        return PacedSource.Position.of(batch.sources()[0].endOffset());
    }

    /** Summed over the tasks that have committed a partition of the state each. */
    private static long stateCommitTaskNanos(StreamingQueryProgress batch) {
        return Arrays.stream(batch.stateOperators())
                .mapToLong(StateOperatorProgress::commitTimeMs)
                .map(TimeUnit.MILLISECONDS::toNanos)
                .sum();
    }

    /** As much of the batch as that takes if its tasks share the slots evenly. */
    private long stateCommitNanos(StreamingQueryProgress batch) {
        long partitions = Arrays.stream(batch.stateOperators())
                .mapToLong(StateOperatorProgress::numShufflePartitions)
                .max()
                .orElse(1);
        return stateCommitTaskNanos(batch) / Math.max(1, Math.min(slots, partitions));
    }

    private double sum(ToLongFunction<StreamingQueryProgress> what) {
        return batches.stream().mapToLong(what).sum();
    }

    private static long nanos(StreamingQueryProgress batch, String phase) {
        return TimeUnit.MILLISECONDS.toNanos(millis(batch, phase));
    }

    private static long millis(StreamingQueryProgress batch, String phase) {
        return Objects.requireNonNullElse(batch.durationMs().get(phase), 0L);
    }
}

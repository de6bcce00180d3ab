package io.berth.workloads.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.streaming.StreamingQueryProgress$;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** On a progress whose every number is known: two batches that read, one that only closes windows, and an idle trigger. */
class BatchCostsTest {
    private static final WindowedQuery QUERY =
            new WindowedQuery(new Schedule(2_001, 1_000), new Windows(2, 1_000, 10), 1_000);
    private static final long BEGIN_MILLIS = 1_700_000_000_000L;

    /** Values of a histogram are right to three digits. */
    private static final Percentage THREE_DIGITS = Percentage.withPercentage(0.1);

    private final Map<String, Double> details = new BatchCosts(
                    QUERY,
                    new StreamingQueryProgress[] {
                        batch(0, 0, 1_000, 1_100, 400, 10, 0),
                        batch(1, 1_000, 2_001, 2_100, 500, 20, 0),
                        idle(2_650),
                        batch(2, 2_001, 2_001, 2_700, 300, 30, 2)
                    },
                    2)
            .details();

    @Test
    void aValueIsLateFromTheMomentWhenItWasDueUntilItsBatchWasDone() {
        // The first batch is done after 1500 ms: 1499 ms after its first value was due, 500 ms after its last. The
        // second
        // one after 2600 ms: 1599 ms and 599 ms.
        assertThat(millis("latencyMaxNanos")).isCloseTo(1_599, THREE_DIGITS);
        assertThat(millis("latencyP50Nanos")).isCloseTo(1_049, within(2.0));
        assertThat(millis("latencyP99Nanos")).isCloseTo(1_580, within(3.0));
    }

    @Test
    void aWindowIsLateFromTheMomentWhenItsLastValueWasDueUntilItWasWritten() {
        assertThat(millis("windowLatencyP50Nanos")).isCloseTo(1_000, THREE_DIGITS);
        assertThat(millis("windowLatencyMaxNanos")).isCloseTo(2_000, THREE_DIGITS);
    }

    @Test
    void batchesThatRanAreCountedAndIdleTriggersAreNot() {
        assertThat(details).containsEntry("batches", 3.0);
        assertThat(millis("batchP50Nanos")).isCloseTo(400, THREE_DIGITS);
        assertThat(millis("batchMaxNanos")).isCloseTo(500, THREE_DIGITS);
    }

    @Test
    void theCheckpointsShareHoldsLogsAndStateOfTasksThatRunSideBySide() {
        assertThat(millis("walCommitNanos")).isEqualTo(10 + 20 + 30);
        assertThat(millis("commitOffsetsNanos")).isEqualTo(3 * 5);
        assertThat(millis("stateCommitTaskNanos")).isEqualTo(3 * 40);
        // Two partitions on two slots take half of their tasks' time.
        assertThat(details.get("checkpointFraction")).isCloseTo((60 + 15 + 60) / 1_200.0, within(1e-9));
    }

    private double millis(String detail) {
        return Objects.requireNonNull(details.get(detail)) / TimeUnit.MILLISECONDS.toNanos(1);
    }

    private static StreamingQueryProgress batch(
            int id, long from, long to, long atMillis, long takesMillis, long walMillis, int watermarkSeconds) {
        return progress(
                id,
                from,
                to,
                atMillis,
                "\"addBatch\": 100, \"walCommit\": %d, \"commitOffsets\": 5, \"triggerExecution\": %d"
                        .formatted(walMillis, takesMillis),
                watermarkSeconds);
    }

    private static StreamingQueryProgress idle(long atMillis) {
        return progress(2, 2_001, 2_001, atMillis, "\"latestOffset\": 1, \"triggerExecution\": 900", 0);
    }

    private static StreamingQueryProgress progress(
            int id, long from, long to, long atMillis, String durations, int watermarkSeconds) {
        return StreamingQueryProgress$.MODULE$.fromJson("""
                {
                  "id": "7b1ab2ee-9d3e-4b5c-a3a5-2f1c7d1a0b10",
                  "runId": "0c1ab2ee-9d3e-4b5c-a3a5-2f1c7d1a0b11",
                  "name": null,
                  "timestamp": "%s",
                  "batchId": %d,
                  "batchDuration": 0,
                  "durationMs": {%s},
                  "eventTime": {"watermark": "1970-01-01T00:00:0%d.000Z"},
                  "stateOperators": [{
                    "operatorName": "stateStoreSave",
                    "numRowsTotal": 10,
                    "numRowsUpdated": 10,
                    "allUpdatesTimeMs": 1,
                    "numRowsRemoved": 0,
                    "allRemovalsTimeMs": 1,
                    "commitTimeMs": 40,
                    "memoryUsedBytes": 1000,
                    "numRowsDroppedByWatermark": 0,
                    "numShufflePartitions": 2,
                    "numStateStoreInstances": 2,
                    "customMetrics": {}
                  }],
                  "sources": [{
                    "description": "paced",
                    "startOffset": "{\\"rows\\": %d, \\"beginMillis\\": %d}",
                    "endOffset": "{\\"rows\\": %d, \\"beginMillis\\": %d}",
                    "latestOffset": null,
                    "numInputRows": %d,
                    "inputRowsPerSecond": 1.0,
                    "processedRowsPerSecond": 1.0
                  }],
                  "sink": {"description": "files", "numOutputRows": -1}
                }
                """.formatted(
                        Instant.ofEpochMilli(BEGIN_MILLIS + atMillis),
                        id,
                        durations,
                        watermarkSeconds,
                        from,
                        BEGIN_MILLIS,
                        to,
                        BEGIN_MILLIS,
                        to - from));
    }
}

package io.berth.workloads.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.records.RecordLine;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.StepMeasurement;
import io.berth.workloads.TrialRun;
import io.berth.workloads.TrialRun.Outcome;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The streaming workload, undisturbed and stopped at the worst moment. */
final class StreamingIT {
    private static final WindowedQuery SMALL =
            new WindowedQuery(new Schedule(3 * 1_000 + 1, 5_000), new Windows(3, 1_000, 100), 200);

    @TempDir
    Path directory = Path.of("");

    @Test
    void everyClosedWindowIsWrittenOnceAndBatchesTellWhatTheyCost() throws IOException {
        Outcome outcome = TrialRun.of(directory, "streaming")
                .parameter("rowsPerSecond", 5_000)
                .parameter("windowMillis", 200)
                .parameter("windows", 5)
                .parameter("keys", 100)
                .iterations(1, 1)
                .run();
        assertThat(outcome.failure()).isEmpty();
        assertThat(outcome.lines(RecordLine.Distrusted.class)).isEmpty();
        assertThat(outcome.only(RecordLine.Answered.class).answer()).satisfies(answer -> {
            assertThat(answer.rows()).isEqualTo(500);
            assertThat(answer.matches()).isTrue();
        });
        IterationMeasurement measured =
                outcome.lines(RecordLine.IterationDone.class).get(1).iteration();
        assertThat(measured.drainNanos()).isPresent();
        StepMeasurement stream = measured.steps().get(0);
        // The last value is due after a second, however fast the machine is.
        assertThat(stream.elapsedNanos()).isGreaterThan(TimeUnit.SECONDS.toNanos(1));
        Map<String, Double> details = stream.details();
        assertThat(details)
                .containsOnlyKeys(
                        "latencyP50Nanos",
                        "latencyP90Nanos",
                        "latencyP99Nanos",
                        "latencyMaxNanos",
                        "windowLatencyP50Nanos",
                        "windowLatencyMaxNanos",
                        "batches",
                        "batchP50Nanos",
                        "batchMaxNanos",
                        "walCommitNanos",
                        "commitOffsetsNanos",
                        "stateCommitTaskNanos",
                        "checkpointFraction");
        assertThat(details.get("latencyP50Nanos")).isPositive().isLessThanOrEqualTo(details.get("latencyP99Nanos"));
        assertThat(details.get("latencyMaxNanos")).isLessThan((double) stream.elapsedNanos());
        assertThat(details.get("windowLatencyMaxNanos")).isPositive().isLessThan((double) stream.elapsedNanos());
        assertThat(details.get("batches")).isGreaterThanOrEqualTo(2);
        assertThat(details.get("checkpointFraction")).isBetween(0.001, 0.999);

        List<StageMeasurement> stages = outcome.lines(RecordLine.StageDone.class).stream()
                .map(RecordLine.StageDone::stage)
                .filter(stage -> stage.iteration() == 1)
                .toList();
        assertThat(stages).isNotEmpty().allMatch(stage -> stage.step().equals("stream"));
        // Each micro-batch has the same stages, with and without input.
        assertThat(stages.stream().map(StageMeasurement::key).distinct().count())
                .isLessThanOrEqualTo(4)
                .isLessThan(stages.size());
        assertThat(TrialRun.files(directory.resolve("data"))).isEmpty();
        assertThat(TrialRun.files(directory.resolve("checkpoint"))).isEmpty();
    }

    /** Holds a file that a batch writes, once, until its task is interrupted. */
    public static final class Holding extends RawLocalFileSystem {
        private static final AtomicBoolean HOLD = new AtomicBoolean();
        private static volatile CountDownLatch held = new CountDownLatch(1);

        static void holdOne() {
            held = new CountDownLatch(1);
            HOLD.set(true);
        }

        @Override
        public String getScheme() {
            return "holding";
        }

        @Override
        public java.net.URI getUri() {
            return java.net.URI.create("holding:///");
        }

        /** Where all ways to create a file meet. */
        @Override
        protected OutputStream createOutputStreamWithMode(
                org.apache.hadoop.fs.Path path, boolean append, FsPermission permission) throws IOException {
            OutputStream out = super.createOutputStreamWithMode(path, append, permission);
            if (path.getName().startsWith("part-") && HOLD.getAndSet(false)) {
                held.countDown();
                try {
                    TimeUnit.MINUTES.sleep(10);
                } catch (InterruptedException e) {
                    out.close();
                    throw new InterruptedIOException("stopped while it was held");
                }
            }
            return out;
        }
    }

    private SparkSession session() {
        return SparkSession.builder()
                .master("local[2]")
                .appName("streaming")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "localhost")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.local.dir", directory.resolve("scratch").toString())
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.sql.session.timeZone", "America/St_Johns")
                .config("spark.hadoop.fs.holding.impl", Holding.class.getName())
                .getOrCreate();
    }

    private List<String> files(String name) throws IOException {
        return TrialRun.files(directory.resolve(name)).stream()
                .filter(file -> !file.startsWith("."))
                .toList();
    }

    private org.apache.hadoop.fs.Path path(String name) {
        return new org.apache.hadoop.fs.Path(directory.resolve(name).toUri());
    }

    @Test
    void whatIsLostOrDoubledOrLeftOfACrashIsToldApart() throws Exception {
        String expected = SMALL.windows().expected().hex();
        try (SparkSession spark = session()) {
            // Stopped in the middle of a batch, while a file of the sink is open.
            org.apache.hadoop.fs.Path sink = new org.apache.hadoop.fs.Path("holding:" + directory.resolve("sink"));
            Holding.holdOne();
            StreamingQuery stopped = SMALL.start(spark, sink, path("checkpoint"));
            assertThat(Holding.held.await(5, TimeUnit.MINUTES)).isTrue();
            stopped.stop();
            assertThat(files("checkpoint/offsets"))
                    .hasSizeGreaterThan(files("checkpoint/commits").size());
            assertThat(SMALL.written(spark, sink).hex()).isNotEqualTo(expected);

            TimeUnit.MILLISECONDS.sleep(300);
            StreamingQuery goneOn = SMALL.start(spark, sink, path("checkpoint"));
            try {
                SMALL.awaitAll(goneOn);
            } finally {
                goneOn.stop();
            }
            assertThat(SMALL.written(spark, sink).hex()).isEqualTo(expected);
            assertThat(files("checkpoint/offsets"))
                    .as("stopped between two batches, so that none is begun and not committed")
                    .isEqualTo(files("checkpoint/commits"));
            // Values that were due during the outage have waited, although no query asked for them.
            assertThat(new BatchCosts(SMALL, goneOn.recentProgress(), 2)
                            .details()
                            .get("latencyMaxNanos"))
                    .isGreaterThan(290e6);

            Dataset<Row> rows = spark.read().parquet(sink.toString());
            rows.offset(1).write().parquet(path("lost").toString());
            rows.union(rows.limit(1)).write().parquet(path("doubled").toString());
            assertThat(SMALL.written(spark, path("lost")).rows()).isEqualTo(299);
            assertThat(SMALL.written(spark, path("lost")).hex()).isNotEqualTo(expected);
            assertThat(SMALL.written(spark, path("doubled")).rows()).isEqualTo(301);
            assertThat(SMALL.written(spark, path("doubled")).hex()).isNotEqualTo(expected);
        }
    }
}

package io.berth.workloads.streaming;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.window;

import io.berth.model.text.BadInput;
import io.berth.workloads.Checksum;
import io.berth.workloads.Parameters;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Counts and sums the values of a {@link PacedSource} by key in windows of event time, and writes each window once it is
 * closed.
 *
 * @param schedule     of the source
 * @param windows      what it must write
 * @param windowMillis length of a window in event time
 */
record WindowedQuery(Schedule schedule, Windows windows, int windowMillis) {
    private static final StructType WRITTEN = new StructType()
            .add("start", DataTypes.TimestampType)
            .add("key", DataTypes.LongType)
            .add("values", DataTypes.LongType)
            .add("total", DataTypes.LongType);
    private static final long POLL_MILLIS = 5;
    private static final long MICROS_PER_MILLI = 1_000;
    private static final int MILLIS_PER_SECOND = 1_000;
    private static final int MOST_WINDOW_MILLIS = 3_600_000;

    /**
     * The query that the parameters describe.
     *
     * @throws BadInput if one is out of range, or they don't fit together
     */
    static WindowedQuery of(Parameters parameters) {
        long rowsPerSecond = parameters.wholeNumber("rowsPerSecond", 1, 100_000_000);
        int windowMillis = parameters.count("windowMillis", 10, MOST_WINDOW_MILLIS);
        int keys = parameters.count("keys", 1, 10_000_000);
        int count = parameters.count("windows", 1, 1_000_000);
        if (rowsPerSecond * windowMillis % MILLIS_PER_SECOND != 0) {
            throw new BadInput(
                    "parameter \"windowMillis\" is %d, in which \"rowsPerSecond\" %d gives no whole number of values"
                            .formatted(windowMillis, rowsPerSecond));
        }
        Windows windows = new Windows(count, rowsPerSecond * windowMillis / MILLIS_PER_SECOND, keys);
        return new WindowedQuery(new Schedule(windows.closingRows(), rowsPerSecond), windows, windowMillis);
    }

    /**
     * Starts it, or goes on from its checkpoint.
     *
     * @throws TimeoutException never, as nothing runs under this name
     */
    StreamingQuery start(SparkSession spark, Path sink, Path checkpoint) throws TimeoutException {
        return spark.readStream()
                .format(PacedSource.class.getName())
                .option(PacedSource.ROWS, schedule.rows())
                .option(PacedSource.ROWS_PER_SECOND, schedule.rowsPerSecond())
                .load()
                // Values arrive in order, so nothing is ever late.
                .withWatermark(PacedSource.EVENT_TIME, "0 seconds")
                .groupBy(
                        window(col(PacedSource.EVENT_TIME), windowMillis + " milliseconds"),
                        pmod(col(PacedSource.VALUE), lit((long) windows.keys())).as("key"))
                .agg(count(lit(1)).as("values"), sum(col(PacedSource.VALUE)).as("total"))
                .select(col("window.start").as("start"), col("key"), col("values"), col("total"))
                .writeStream()
                .format("parquet")
                .outputMode("append")
                .option("path", sink.toString())
                .option("checkpointLocation", checkpoint.toString())
                .start();
    }

    /**
     * Waits until every value has been taken in and every closed window written. No batch runs then, and none will begin,
     * so whoever stops the query stops it between two batches.
     *
     * @throws StreamingQueryException what the query failed with
     */
    void awaitAll(StreamingQuery query) throws StreamingQueryException {
        while (rowsRead(query.lastProgress()) < schedule.rows()) {
            if (query.awaitTermination(POLL_MILLIS)) {
                throw new IllegalStateException("the query was stopped before it had read all values");
            }
        }
        // Then comes the batch without input that writes what the last values have closed.
        query.processAllAvailable();
    }

    private static long rowsRead(@org.jspecify.annotations.Nullable StreamingQueryProgress progress) {
        return progress == null || progress.sources()[0].endOffset() == null
                ? 0
                : PacedSource.Position.of(progress.sources()[0].endOffset()).rows();
    }

    /** What the sink holds, by the sink's own log of what belongs to it. */
    Checksum written(SparkSession spark, Path sink) {
        // With the schema, because a query that was stopped too early may have written nothing at all.
        Dataset<Row> rows = spark.read().schema(WRITTEN).parquet(sink.toString());
        Iterator<Row> all = rows.select(
                        unix_micros(col("start"))
                                .divide(lit(windowMillis * MICROS_PER_MILLI))
                                .cast("long"),
                        col("key"),
                        col("values"),
                        col("total"))
                .toLocalIterator();
        Checksum checksum = new Checksum();
        all.forEachRemaining(row -> {
            List<Object> fields = new ArrayList<>();
            for (int i = 0; i < row.length(); i++) {
                fields.add(row.get(i));
            }
            checksum.add(fields);
        });
        return checksum;
    }
}

package io.berth.probe.selftest;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.berth.model.results.Counter;
import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.IterationIo;
import io.berth.probe.IoProbe;
import io.berth.probe.ProbeTotals;
import io.berth.probe.ProbedTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * A Spark application that writes and scans a large Parquet table on a local file system, and holds the bytes that the
 * probe counted against those of the kernel ({@code rchar} of {@code /proc/self/io}). The kernel also counts sockets, jars
 * and logs; a scan of a table without rows, right before, tells how many. Runs in local mode, because other processes have
 * counters of their own. Its last line on standard output is a JSON object.
 */
public final class ScannedBytes {
    private static final int WARM_UPS = 2;
    private static final long PATIENCE_MILLIS = 60_000;
    private static final int ROW = 1008;

    private ScannedBytes() {}

    /**
     * Runs it.
     *
     * @param arguments a directory for the tables, and the size of the large one in GiB
     */
    public static void main(String[] arguments) throws Exception {
        String table = "file://" + arguments[0] + "/table";
        String empty = "file://" + arguments[0] + "/empty";
        long rows = (long) (Double.parseDouble(arguments[1]) * (1L << 30) / ROW);
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            Seen seen = new Seen();
            spark.sparkContext().addSparkListener(seen);
            write(spark, table, rows, "true");
            write(spark, empty, rows / 1000, "id < 0");
            for (int i = 0; i < WARM_UPS; i++) {
                scan(spark, empty);
            }
            Scan control = measured(spark, seen, empty);
            Scan scan = measured(spark, seen, table);
            long kernel = scan.kernel - control.kernel;
            long probe = scan.probe - control.probe;
            ObjectNode result = new ObjectMapper()
                    .createObjectNode()
                    .put("rows", rows)
                    .put("probeBytes", scan.probe)
                    .put("kernelBytes", scan.kernel)
                    .put("hadoopBytes", scan.hadoop)
                    .put("controlProbeBytes", control.probe)
                    .put("controlKernelBytes", control.kernel)
                    .put("difference", (double) probe / kernel - 1);
            System.out.println(result);
        }
    }

    private record Scan(long probe, long kernel, long hadoop) {}

    /** What tasks read. */
    private static final class Seen extends SparkListener {
        private final AtomicLong bytes = new AtomicLong();

        @Override
        public void onTaskEnd(SparkListenerTaskEnd event) {
            ProbedTask.of(event)
                    .ifPresent(io -> bytes.addAndGet(io.costs()
                            .getOrDefault(IoCategory.READ, IoCost.NONE)
                            .bytes()));
        }
    }

    private static Scan measured(SparkSession spark, Seen seen, String table) throws TimeoutException {
        IoProbe probe = IoProbe.current().orElseThrow();
        spark.sparkContext().listenerBus().waitUntilEmpty(PATIENCE_MILLIS);
        seen.bytes.set(0);
        ProbeTotals before = probe.totals();
        scan(spark, table);
        spark.sparkContext().listenerBus().waitUntilEmpty(PATIENCE_MILLIS);
        IterationIo io = probe.totals().since(before, 0);
        long outside = io.outside().stream()
                .filter(calls -> calls.operation() == IoCategory.READ)
                .mapToLong(calls -> calls.cost().bytes())
                .sum();
        return new Scan(seen.bytes.get() + outside, counter(io, "process", "rchar"), counter(io, "file", "bytesRead"));
    }

    private static long counter(IterationIo io, String source, String name) {
        return io.counters().stream()
                .filter(counter ->
                        counter.source().equals(source) && counter.name().equals(name))
                .mapToLong(Counter::value)
                .sum();
    }

    /** Text that neither a dictionary nor a compressor makes smaller. */
    private static void write(SparkSession spark, String table, long rows, String where) {
        spark.range(0, rows, 1, 8)
                .where(where)
                .selectExpr("repeat(uuid(), 28) as text")
                .write()
                .mode(SaveMode.Overwrite)
                .option("compression", "uncompressed")
                .option("parquet.enable.dictionary", "false")
                .parquet(table);
    }

    private static void scan(SparkSession spark, String table) {
        spark.read().parquet(table).selectExpr("sum(length(text))").collectAsList();
    }
}

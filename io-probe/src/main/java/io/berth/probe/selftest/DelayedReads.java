package io.berth.probe.selftest;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.TaskIo;
import io.berth.probe.IoProbe;
import io.berth.probe.ProbedTask;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.statistics.IOStatisticsSource;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/**
 * A Spark application that reads a file by stages of ever slower reads, on each storage it is told, and compares what the
 * probe says of a stage with the sleeps that were put into it. Runs in local mode, with {@link DelayedClasses} and the probe.
 *
 * <p>Reads of {@code s3a} wait for a server whose answers are late; other reads sleep themselves. What else they take is
 * taken off, so that what is left over is the probe's: a clock inside of the reads tells it, or one around those of
 * {@code s3a}, whose client works before it asks and after it is answered. The last line on standard output is a JSON object
 * with {@code nanosPerCall} and an entry for each storage: {@code slope} and {@code interceptNanos} of the time that the probe
 * found per read over the time slept per read, {@code onStage}, the least share of a stage's sleeps that was found on that
 * stage, and the stages with all that was measured.
 */
public final class DelayedReads {
    /** Sleeps per read. Each twice, because a busy machine may interrupt a thread between two clocks. */
    private static final List<Integer> DELAYS_MILLIS = List.of(0, 5, 15, 0, 5, 15);

    /** Longer than what the client does for a read. */
    private static final List<Integer> RELAYED_DELAYS_MILLIS = List.of(0, 80, 240, 0, 80, 240);

    private static final int READS = 10;
    private static final int PIECE = 4096;
    /** Far enough apart that no read of an object store finds what another has fetched. */
    private static final int STRIDE = 256 << 10;

    private static final long PATIENCE_MILLIS = 60_000;
    private static final Map<String, FileSystem> OPEN = new ConcurrentHashMap<>();
    private static final ObjectMapper JSON = new ObjectMapper();

    private DelayedReads() {}

    /**
     * Runs it.
     *
     * @param arguments {@code LABEL=URI}, each perhaps followed by {@code ;KEY=VALUE} with settings of Hadoop
     */
    public static void main(String[] arguments) throws Exception {
        ObjectNode results = JSON.createObjectNode();
        try (JavaSparkContext spark = new JavaSparkContext()) {
            Seen seen = new Seen();
            spark.sc().addSparkListener(seen);
            for (String argument : arguments) {
                String[] parts = argument.split("[=;]", -1);
                Configuration conf = new Configuration(spark.hadoopConfiguration());
                for (int i = 2; i + 1 < parts.length; i += 2) {
                    conf.set(parts[i], parts[i + 1]);
                }
                results.set(parts[0], measure(spark, seen, new Path(parts[1]), conf));
            }
            IoProbe.current().ifPresent(probe -> results.put("nanosPerCall", probe.nanosPerCall()));
        }
        System.out.println(JSON.writeValueAsString(results));
    }

    /** The last task that ended. */
    private static final class Seen extends SparkListener {
        private volatile IoCost reads = IoCost.NONE;

        @Override
        public void onTaskEnd(SparkListenerTaskEnd event) {
            reads = ProbedTask.of(event)
                    .map(TaskIo::costs)
                    .map(costs -> costs.getOrDefault(IoCategory.READ, IoCost.NONE))
                    .orElse(IoCost.NONE);
        }

        IoCost reads(SparkContext spark) throws java.util.concurrent.TimeoutException {
            spark.listenerBus().waitUntilEmpty(PATIENCE_MILLIS);
            return reads;
        }
    }

    /**
     * A stage: what was slept in it, spent inside its reads and around them, and what the probe found.
     *
     * @param clockNanos what a clock says that the reads took: inside of them, or around those of a client that has work of its
     *                   own to do
     */
    private record Stage(
            int delayMillis, long sleptNanos, long clockNanos, long insideNanos, long aroundNanos, IoCost found) {
        /** Per read, without the time of the storage and of its client. */
        double[] point() {
            return new double[] {(double) sleptNanos / READS, (double) (found.nanos() - clockNanos + sleptNanos) / READS
            };
        }

        /** What others did to it than the storage and the probe. */
        long disturbedNanos() {
            return aroundNanos - insideNanos;
        }

        double onStage() {
            return sleptNanos == 0 ? 1 : Math.min(1, (double) found.nanos() / sleptNanos);
        }

        ObjectNode json() {
            return JSON.createObjectNode()
                    .put("delayMillis", delayMillis)
                    .put("sleptNanos", sleptNanos)
                    .put("insideNanos", insideNanos)
                    .put("aroundNanos", aroundNanos)
                    .put("foundNanos", found.nanos())
                    .put("calls", found.calls())
                    .put("bytes", found.bytes());
        }
    }

    private static ObjectNode measure(JavaSparkContext spark, Seen seen, Path path, Configuration conf)
            throws Exception {
        boolean relayed = "s3a".equals(path.toUri().getScheme());
        // A bucket may have settings of its own, which win.
        String ofBucket = "fs.s3a.bucket." + path.toUri().getHost() + ".endpoint";
        String endpoint = conf.get(ofBucket, conf.get("fs.s3a.endpoint", ""));
        try (Relay relay = relayed ? relayTo(URI.create(endpoint)) : null) {
            if (relay != null) {
                conf.set(ofBucket, "http://127.0.0.1:" + relay.port());
                // Else each read asks for all that follows, and what the server sends of it before it is hung up on
                // varies.
                conf.set("fs.s3a.experimental.input.fadvise", "random");
            }
            FileSystem fileSystem = raw(FileSystem.newInstance(path.toUri(), conf));
            OPEN.put(path.toString(), fileSystem);
            List<Integer> delaysMillis = relayed ? RELAYED_DELAYS_MILLIS : DELAYS_MILLIS;
            try (FSDataOutputStream out = fileSystem.create(path, true)) {
                byte[] ofOneStage = new byte[READS * STRIDE];
                for (int i = 0; i <= delaysMillis.size(); i++) {
                    out.write(ofOneStage);
                }
            }
            // Classes are loaded and connections made before the first stage that counts.
            stage(spark, path.toString(), 0);
            Delay.takeSleptNanos();
            Delay.takeInsideNanos();
            List<Stage> stages = new ArrayList<>();
            for (int i = 0; i < delaysMillis.size(); i++) {
                int delayMillis = delaysMillis.get(i);
                if (relayed) {
                    Delay.requests("GET", delayMillis * 1_000_000L);
                } else {
                    Delay.calls(delayMillis * 1_000_000L);
                }
                long aroundNanos = stage(spark, path.toString(), i + 1);
                Delay.requests("GET", 0);
                Delay.calls(0);
                long insideNanos = Delay.takeInsideNanos();
                stages.add(new Stage(
                        delayMillis,
                        Delay.takeSleptNanos(),
                        relayed ? aroundNanos : insideNanos,
                        insideNanos,
                        aroundNanos,
                        seen.reads(spark.sc())));
            }
            ObjectNode result = result(stages, relayed);
            ObjectNode counters = result.putObject("counters");
            if (fileSystem instanceof IOStatisticsSource source && source.getIOStatistics() != null) {
                source.getIOStatistics().counters().forEach((name, value) -> {
                    if (value != 0) {
                        counters.put(name, value);
                    }
                });
            }
            fileSystem.delete(path, false);
            fileSystem.close();
            return result;
        }
    }

    private static ObjectNode result(List<Stage> stages, boolean relayed) {
        // Of the stages with the same delay the least disturbed one.
        List<Stage> least = stages.stream()
                .map(Stage::delayMillis)
                .distinct()
                .map(delay -> stages.stream()
                        .filter(stage -> stage.delayMillis == delay)
                        .min(Comparator.comparingLong(Stage::disturbedNanos))
                        .orElseThrow())
                .toList();
        Line line = Line.through(least.stream().map(Stage::point).toList());
        // The clock inside of the reads knows what the probe adds to them.
        Stage notDelayed = least.get(0);
        double interceptNanos =
                relayed ? (double) (notDelayed.found.nanos() - notDelayed.insideNanos) / READS : line.intercept();
        ObjectNode result = JSON.createObjectNode()
                .put("slope", line.slope())
                .put("interceptNanos", interceptNanos)
                .put(
                        "onStage",
                        stages.stream().mapToDouble(Stage::onStage).min().orElseThrow());
        ArrayNode all = result.putArray("stages");
        stages.forEach(stage -> all.add(stage.json()));
        return result;
    }

    private static Relay relayTo(URI endpoint) throws IOException {
        return new Relay(endpoint.getHost(), endpoint.getPort());
    }

    /** Returns what the reads took as seen from around them. */
    private static long stage(JavaSparkContext spark, String path, int number) {
        return spark.parallelize(List.of(number), 1)
                .map(DelayedReads.read(path))
                .collect()
                .get(0);
    }

    private static org.apache.spark.api.java.function.Function<Integer, Long> read(String path) {
        return number -> {
            byte[] piece = new byte[PIECE];
            long aroundNanos = 0;
            long first = (long) number * READS * STRIDE;
            try (FSDataInputStream in = Objects.requireNonNull(OPEN.get(path)).open(new Path(path), 512)) {
                for (int i = 0; i < READS; i++) {
                    in.seek(first + (long) i * STRIDE);
                    long started = System.nanoTime();
                    in.readFully(piece);
                    aroundNanos += System.nanoTime() - started;
                }
            }
            return aroundNanos;
        };
    }

    /** Without checksum files, so that a read of the application is a read of the storage. */
    private static FileSystem raw(FileSystem fileSystem) {
        return fileSystem instanceof LocalFileSystem local ? local.getRawFileSystem() : fileSystem;
    }
}

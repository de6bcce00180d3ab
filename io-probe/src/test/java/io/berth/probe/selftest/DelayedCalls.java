package io.berth.probe.selftest;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.TaskIo;
import io.berth.probe.ProbedTask;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.TaskType;
import org.apache.hadoop.mapreduce.lib.output.FileOutputCommitter;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/**
 * What {@link DelayedReads} does for reads, for the other kinds of calls. The arguments are how many calls that aren't
 * delayed come first in each task (more than 0: for sampled mode), and {@code LABEL=URI} for each storage;
 * {@code checksums} is a local one with a checksum file beside each file, so that one call makes several others.
 */
public final class DelayedCalls {
    private static final List<Integer> DELAYS_MILLIS = List.of(0, 5, 15);
    /** Of calls that no tick tells of only a sample is timed, and 20 of them say nothing; under load ticks are some ms apart. */
    private static final List<Integer> SAMPLED_DELAYS_MILLIS = List.of(10, 20, 30);

    private static final int CALLS = 20;
    /** Longer than what the client does for a call. */
    private static final List<Integer> RELAYED_DELAYS_MILLIS = List.of(0, 100, 300);

    private static final int RELAYED_CALLS = 6;
    private static final int ROUNDS = 2;
    /** In sampled mode, which is in doubt about calls where ticks are late: a busy machine gets other chances. */
    private static final int MOST_ROUNDS = 10;
    /** Distance of ticks that is no matter beside the delays. */
    private static final long CALM_NANOS = 3_000_000;

    private static final int PIECE = 4096;
    /** One packet of HDFS's, and too much for Hadoop's buffer before a local file: each write is a call. */
    private static final int PACKET = 64 << 10;

    private static final long PATIENCE_MILLIS = 60_000;
    private static volatile List<Call> notDelayed = List.of();
    private static volatile List<Call> delayed = List.of();

    private DelayedCalls() {}

    /** One call of an operation. */
    private interface Call {
        void run() throws IOException;
    }

    private enum Operation {
        OPEN(IoCategory.OPEN, "HEAD"),
        METADATA(IoCategory.METADATA, "HEAD"),
        /** Of S3A it is the close that waits. */
        WRITE(IoCategory.WRITE, ""),
        CLOSE(IoCategory.CLOSE, "PUT"),
        COMMIT(IoCategory.COMMIT, "PUT");

        private final IoCategory category;
        private final String request;

        Operation(IoCategory category, String request) {
            this.category = category;
            this.request = request;
        }
    }

    /**
     * What was slept in a stage and spent around its calls, and what the probe found.
     *
     * @param clockNanos what a clock says that the calls took: inside of them, or around those of a client that has work of its
     *                   own to do
     * @param gapNanos   the longest time between two ticks
     */
    private record Stage(
            int delayMillis, long sleptNanos, long clockNanos, long aroundNanos, long gapNanos, IoCost found) {
        double[] point(int number) {
            return new double[] {
                (double) sleptNanos / number, (double) (found.nanos() - clockNanos + sleptNanos) / number
            };
        }

        /** What others did to it than the storage and the probe. */
        long disturbedNanos() {
            return aroundNanos - clockNanos;
        }
    }

    /** Ticks as the probe's ticker does, and is as late. */
    private static final class Gaps {
        private static final AtomicLong LONGEST = new AtomicLong();

        static void watch() {
            Thread thread = new Thread(Gaps::run, "gaps");
            thread.setDaemon(true);
            thread.start();
        }

        private static void run() {
            long last = System.nanoTime();
            while (true) {
                LockSupport.parkNanos(1_000_000);
                long now = System.nanoTime();
                LONGEST.accumulateAndGet(now - last, Math::max);
                last = now;
            }
        }

        static long takeLongest() {
            return LONGEST.getAndSet(0);
        }
    }

    private static final class Seen extends SparkListener {
        private volatile TaskIo last = new TaskIo(0, 0, OptionalLong.empty(), Map.of());

        @Override
        public void onTaskEnd(SparkListenerTaskEnd event) {
            last = ProbedTask.of(event).orElseThrow();
        }
    }

    public static void main(String[] arguments) throws Exception {
        int others = Integer.parseInt(arguments[0]);
        ObjectNode results = new ObjectMapper().createObjectNode();
        try (JavaSparkContext spark = new JavaSparkContext()) {
            Seen seen = new Seen();
            spark.sc().addSparkListener(seen);
            Gaps.watch();
            for (String argument : List.of(arguments).subList(1, arguments.length)) {
                String[] storage = argument.split("=", -1);
                results.set(storage[0], measure(spark, seen, storage[0], new Path(storage[1]), others));
            }
        }
        System.out.println(results);
    }

    private static ObjectNode measure(JavaSparkContext spark, Seen seen, String label, Path path, int others)
            throws Exception {
        Configuration conf = spark.hadoopConfiguration();
        ObjectNode results = new ObjectMapper().createObjectNode();
        boolean relayed = "s3a".equals(path.toUri().getScheme());
        URI endpoint = URI.create(conf.get("fs.s3a.endpoint", ""));
        try (Relay relay = relayed ? new Relay(endpoint.getHost(), endpoint.getPort()) : null) {
            if (relay != null) {
                conf.set("fs.s3a.endpoint", "http://127.0.0.1:" + relay.port());
            }
            FileSystem found = path.getFileSystem(conf);
            FileSystem files = label.equals("file") ? ((LocalFileSystem) found).getRawFileSystem() : found;
            files.mkdirs(path);
            try (FSDataOutputStream out = files.create(new Path(path, "there"))) {
                out.write(new byte[PIECE]);
            }
            for (Operation operation : Operation.values()) {
                boolean measurable = (!relayed || operation != Operation.WRITE)
                        // The checksum file system makes no difference to a committer.
                        && (!label.equals("checksums") || operation != Operation.COMMIT)
                        && (others == 0 || operation != Operation.METADATA);
                if (measurable) {
                    results.set(
                            operation.category.label(), measure(spark, seen, operation, files, path, relayed, others));
                }
            }
            files.delete(path, true);
        }
        return results;
    }

    private static ObjectNode measure(
            JavaSparkContext spark,
            Seen seen,
            Operation operation,
            FileSystem files,
            Path path,
            boolean relayed,
            int others)
            throws Exception {
        int number = relayed ? RELAYED_CALLS : CALLS;
        List<Stage> stages = new ArrayList<>();
        List<Integer> delaysMillis =
                relayed ? RELAYED_DELAYS_MILLIS : others > 0 ? SAMPLED_DELAYS_MILLIS : DELAYS_MILLIS;
        // Classes are loaded before the first stage that counts.
        stage(spark, seen, operation, files, path, number, 0, others);
        List<Stage> least = List.of();
        for (int round = 0; round < ROUNDS || (round < MOST_ROUNDS && isBusy(least, others)); round++) {
            for (int delayMillis : delaysMillis) {
                stages.add(stage(spark, seen, operation, files, path, number, delayMillis, others));
            }
            least = delaysMillis.stream()
                    .map(delay -> stages.stream()
                            .filter(stage -> stage.delayMillis == delay)
                            .min(Comparator.comparingLong(others > 0 ? Stage::gapNanos : Stage::disturbedNanos))
                            .orElseThrow())
                    .toList();
        }
        Line line =
                Line.through(least.stream().map(stage -> stage.point(number)).toList());
        ObjectNode result = new ObjectMapper().createObjectNode();
        result.put("slope", line.slope()).put("interceptNanos", line.intercept());
        result.put(
                "onStage",
                stages.stream()
                        .filter(stage -> stage.sleptNanos != 0)
                        .mapToDouble(stage -> (double) stage.found.nanos() / stage.sleptNanos)
                        .min()
                        .orElseThrow());
        result.put(
                "calls",
                stages.stream().mapToLong(stage -> stage.found.calls()).max().orElseThrow());
        result.put("stages", stages.toString());
        return result;
    }

    private static boolean isBusy(List<Stage> least, int others) {
        return others > 0 && least.stream().anyMatch(stage -> stage.gapNanos > CALM_NANOS);
    }

    private static Stage stage(
            JavaSparkContext spark,
            Seen seen,
            Operation operation,
            FileSystem files,
            Path path,
            int number,
            int delayMillis,
            int others)
            throws Exception {
        boolean relayed = files.getUri().getScheme().equals("s3a");
        List<AutoCloseable> afterwards = new ArrayList<>();
        Path there = new Path(path, "there");
        notDelayed = Collections.nCopies(others, () -> files.getFileStatus(there));
        delayed = prepared(operation, files, path, number, afterwards);
        long aroundNanos = spark.parallelize(List.of(delayMillis * 1_000_000L), 1)
                .map(run(operation.request, relayed))
                .collect()
                .get(0);
        spark.sc().listenerBus().waitUntilEmpty(PATIENCE_MILLIS);
        Stage stage = new Stage(
                delayMillis,
                Delay.takeSleptNanos(),
                relayed ? aroundNanos : Delay.takeInsideNanos(),
                aroundNanos,
                Gaps.takeLongest(),
                found(seen.last, operation, files));
        for (AutoCloseable each : afterwards) {
            each.close();
        }
        return stage;
    }

    /** One call on a checksum file system makes others of several categories on the one below. */
    private static IoCost found(TaskIo task, Operation operation, FileSystem files) {
        return files instanceof LocalFileSystem
                ? task.costs().values().stream().reduce(IoCost.NONE, IoCost::plus)
                : task.costs().getOrDefault(operation.category, IoCost.NONE);
    }

    /** Returns what the calls took as seen from around them. */
    private static Function<Long, Long> run(String request, boolean relayed) {
        return delayNanos -> {
            for (Call call : notDelayed) {
                call.run();
            }
            if (relayed) {
                Delay.requests(request, delayNanos);
            } else {
                Delay.calls(delayNanos);
            }
            Delay.takeInsideNanos();
            Gaps.takeLongest();
            long started = System.nanoTime();
            for (Call call : delayed) {
                call.run();
            }
            long aroundNanos = System.nanoTime() - started;
            Delay.requests("", 0);
            Delay.calls(0);
            return aroundNanos;
        };
    }

    private static List<Call> prepared(
            Operation operation, FileSystem files, Path path, int number, List<AutoCloseable> afterwards)
            throws IOException {
        List<Call> prepared = new ArrayList<>();
        Path there = new Path(path, "there");
        FSDataOutputStream written = operation == Operation.WRITE ? files.create(new Path(path, "written")) : null;
        if (written != null) {
            afterwards.add(written);
        }
        byte[] piece = new byte[PACKET];
        for (int i = 0; i < number; i++) {
            prepared.add(
                    switch (operation) {
                        case OPEN -> () -> afterwards.add(files.open(there));
                        case METADATA -> () -> files.getFileStatus(there);
                        case WRITE -> () -> Objects.requireNonNull(written).write(piece);
                        case CLOSE -> {
                            FSDataOutputStream out = files.create(new Path(path, "closed-" + i));
                            out.write(new byte[PIECE]);
                            // Else the close writes what is in Hadoop's buffer, which is a write.
                            out.flush();
                            yield out::close;
                        }
                        case COMMIT -> commit(files, path, i);
                    });
        }
        return prepared;
    }

    /** The commit of a task with one file. */
    private static Call commit(FileSystem files, Path path, int number) throws IOException {
        Path output = files.makeQualified(new Path(path, "output"));
        TaskAttemptContext task =
                new TaskAttemptContextImpl(files.getConf(), new TaskAttemptID("berth", 1, TaskType.MAP, number, 0));
        FileOutputCommitter committer = new FileOutputCommitter(output, task);
        committer.setupJob(task);
        committer.setupTask(task);
        try (FSDataOutputStream out = files.create(new Path(committer.getWorkPath(), "part-" + number))) {
            out.write(new byte[PIECE]);
        }
        return () -> committer.commitTask(task);
    }
}

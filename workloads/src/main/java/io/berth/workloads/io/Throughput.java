package io.berth.workloads.io;

import io.berth.model.results.Answer;
import io.berth.model.text.BadInput;
import io.berth.workloads.Iteration;
import io.berth.workloads.Parameters;
import io.berth.workloads.Step;
import io.berth.workloads.TrialContext;
import io.berth.workloads.Workload;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;

/**
 * Writes files, reads them, and reads pieces of them at random places: one task for each file, one step for each kind of
 * access. What is read was written moments before, by another task and on a cluster most likely elsewhere; on one machine
 * it comes from the page cache as far as that reaches.
 */
public final class Throughput implements Workload {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int MEBIBYTE = 1 << 20;
    private static final int KIBIBYTE = 1 << 10;

    private static final String WRITE = "write";
    private static final String READ = "read";
    private static final String RANDOM_READ = "random-read";

    private final Map<String, List<Streams.Moved>> moved = new LinkedHashMap<>();

    /** The work of one task on one file. */
    private interface Access extends Serializable {
        Streams.Moved on(int file, Configuration conf) throws IOException;
    }

    @Override
    public void prepare(TrialContext trial) {
        streams(trial, "unused");
    }

    @Override
    public void run(Iteration iteration) throws Exception {
        moved.clear();
        TrialContext trial = iteration.trial();
        Streams streams = streams(trial, iteration.output().toString());
        int files = files(trial);
        iteration.step(WRITE, step -> move(iteration.spark(), step, WRITE, files, 0, streams::write));
        // Half way round, so that a task doesn't read what its own slot has written.
        iteration.step(READ, step -> move(iteration.spark(), step, READ, files, files / 2, streams::read));
        iteration.step(
                RANDOM_READ,
                step -> move(iteration.spark(), step, RANDOM_READ, files, files / 2, streams::readRandomly));
    }

    private void move(SparkSession spark, Step step, String name, int files, int shift, Access access) {
        JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
        SerializableConfiguration conf = new SerializableConfiguration(context.hadoopConfiguration());
        JavaRDD<Integer> order = context.parallelize(
                IntStream.range(0, files).mapToObj(i -> (i + shift) % files).toList(), files);
        List<Streams.Moved> done = new ArrayList<>();
        List<Long> doneNanos = new ArrayList<>();
        ClassTag<Streams.Moved> tag = ClassTag$.MODULE$.apply(Streams.Moved.class);
        long begin = System.nanoTime();
        // Not collect(): this one hands over each result as it arrives, and the driver's clock says when.
        spark.sparkContext()
                .runJob(
                        order.rdd(),
                        (TaskBody) (task, one) -> onFile(access, one.next(), conf),
                        (index, result) -> {
                            synchronized (done) {
                                done.add(result);
                                doneNanos.add(System.nanoTime() - begin);
                            }
                            return BoxedUnit.UNIT;
                        },
                        tag);
        long wallNanos = System.nanoTime() - begin;
        moved.put(name, List.copyOf(done));
        describe(step, done, doneNanos, wallNanos);
    }

    /** A Scala function of two arguments that Spark can send to a task. */
    private interface TaskBody
            extends scala.Function2<TaskContext, scala.collection.Iterator<Integer>, Streams.Moved>, Serializable {}

    private static Streams.Moved onFile(Access access, int file, SerializableConfiguration conf) {
        try {
            return access.on(file, conf.value());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void describe(Step step, List<Streams.Moved> done, List<Long> doneNanos, long wallNanos) {
        long bytes = done.stream().mapToLong(Streams.Moved::bytes).sum();
        long nanos = done.stream().mapToLong(Streams.Moved::nanos).sum();
        double[] rates = done.stream()
                .mapToDouble(task -> perSecond(task.bytes(), task.nanos()))
                .sorted()
                .toArray();
        step.bytes(bytes);
        step.detail("wallBytesPerSecond", perSecond(bytes, wallNanos));
        step.detail("taskBytesPerSecond", perSecond(bytes, nanos));
        step.detail("slowestTaskBytesPerSecond", rates[0]);
        step.detail("fastestTaskBytesPerSecond", rates[rates.length - 1]);
        step.detail("taskIoNanos", nanos);
        step.detail("firstDoneNanos", doneNanos.get(0));
        step.detail("lastDoneNanos", doneNanos.get(doneNanos.size() - 1));
        long[] latencies = done.stream()
                .flatMapToLong(task -> task.latencyNanos().stream().mapToLong(Long::longValue))
                .sorted()
                .toArray();
        if (latencies.length > 0) {
            step.detail("wallReadsPerSecond", perSecond(latencies.length, wallNanos));
            step.detail("latencyP50Nanos", percentile(latencies, 0.50));
            step.detail("latencyP99Nanos", percentile(latencies, 0.99));
            step.detail("latencyMaxNanos", latencies[latencies.length - 1]);
        }
    }

    /** By nearest rank: the smallest value that at least this fraction of the values doesn't exceed. */
    static long percentile(long[] sorted, double fraction) {
        return sorted[Math.max(0, (int) Math.ceil(sorted.length * fraction) - 1)];
    }

    private static double perSecond(long amount, long nanos) {
        return amount / (Math.max(1, nanos) / NANOS_PER_SECOND);
    }

    @Override
    public List<Answer> verify(Iteration iteration) throws Exception {
        TrialContext trial = iteration.trial();
        Streams streams = streams(trial, iteration.output().toString());
        int files = files(trial);
        return List.of(
                lengths(trial.fileSystem(iteration.output()), iteration, files, streams.fileBytes()),
                sums(iteration.spark(), READ, files, streams, false),
                sums(iteration.spark(), RANDOM_READ, files, streams, true));
    }

    private static Answer lengths(FileSystem storage, Iteration iteration, int files, long fileBytes)
            throws IOException {
        FileStatus[] written = storage.listStatus(iteration.output());
        long total = Arrays.stream(written).mapToLong(FileStatus::getLen).sum();
        return new Answer(WRITE, written.length, total + " bytes", Optional.of(files * fileBytes + " bytes"));
    }

    private Answer sums(SparkSession spark, String step, int files, Streams streams, boolean randomly) {
        List<Streams.Moved> tasks = moved.getOrDefault(step, List.of());
        long sum = tasks.stream().mapToLong(Streams.Moved::sum).sum();
        long wrongWords = tasks.stream().mapToLong(Streams.Moved::wrongWords).sum();
        long expected = new JavaSparkContext(spark.sparkContext())
                .parallelize(IntStream.range(0, files).boxed().toList(), files)
                .map(file -> streams.expectedSum(file, randomly))
                .reduce(Long::sum);
        return new Answer(
                step,
                tasks.size(),
                wrongWords == 0 ? "%016x".formatted(sum) : "%016x with %d wrong words".formatted(sum, wrongWords),
                Optional.of("%016x".formatted(expected)));
    }

    private static int files(TrialContext trial) {
        return trial.parameters().count("files", 1, 100_000);
    }

    private static Streams streams(TrialContext trial, String directory) {
        Parameters parameters = trial.parameters();
        files(trial);
        long fileBytes = parameters.wholeNumber("fileMiB", 1, 1 << 20) * MEBIBYTE;
        int readBytes = parameters.count("randomReadKiB", 4, 1 << 18) * KIBIBYTE;
        if (readBytes > fileBytes) {
            throw new BadInput(
                    "parameter \"randomReadKiB\" is %d, more than a file of %d MiB (parameter \"fileMiB\") holds"
                            .formatted(readBytes / KIBIBYTE, fileBytes / MEBIBYTE));
        }
        return new Streams(
                directory,
                fileBytes,
                parameters.count("bufferKiB", 1, 1 << 18) * KIBIBYTE,
                parameters.count("randomReads", 1, 1_000_000),
                readBytes,
                parameters.wholeNumber("seed", Long.MIN_VALUE, Long.MAX_VALUE));
    }
}

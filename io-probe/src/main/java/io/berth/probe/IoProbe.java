package io.berth.probe;

import io.berth.model.results.IoCost;
import io.berth.model.results.OperationHistogram;
import io.berth.probe.agent.Categories;
import io.berth.probe.bridge.Bridge;
import io.berth.probe.bridge.Buckets;
import io.berth.probe.bridge.Cells;
import io.berth.probe.bridge.Outside;
import io.berth.probe.bridge.Schemes;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/**
 * The driver's view of the probe. What single tasks cost comes with Spark's own events, see {@link ProbedTask}; everything
 * else is here. Executors report a tenth of a second after their last task has ended, and every second while tasks run; {@link
 * #awaitReports} waits for the former.
 */
public final class IoProbe {
    private static final String DRIVER = "driver";

    private static volatile @Nullable IoProbe current;

    private final SparkContext spark;
    // Spark keeps weak references only; an accumulator that is collected is lost with all its updates.
    private final TaskIoAccumulator accumulator;
    private final Latencies latencies = new Latencies();
    private final Map<String, ExecutorReport> executors = new HashMap<>();
    /** How many tasks were seen to end on each executor that is alive. */
    private final Map<String, Long> tasksOfExecutors = new HashMap<>();
    /** Of each process, as it was first seen. */
    private final Counters firstSeen = Counters.ofThisProcess().of(DRIVER);

    private final Map<String, String> notTransformed = new TreeMap<>();
    private long tasksStarted;
    private long tasksEnded;
    private long tasksSeen;

    private IoProbe(SparkContext spark, TaskIoAccumulator accumulator) {
        this.spark = spark;
        this.accumulator = accumulator;
    }

    static IoProbe start(SparkContext spark, TaskIoAccumulator accumulator) {
        IoProbe started = new IoProbe(spark, accumulator);
        current = started;
        return started;
    }

    void stop() {
        if (current == this) {
            current = null;
        }
    }

    /**
     * The probe of the application whose driver this is; absent when the plugin isn't loaded or is switched off, and when
     * the application has ended.
     */
    public static Optional<IoProbe> current() {
        return Optional.ofNullable(current);
    }

    /** Latencies of storage calls so far: of all tasks, also failed ones, and of the driver's own threads. */
    public synchronized List<OperationHistogram> histograms() {
        Latencies all = new Latencies();
        latencies.counts().forEach((key, counts) -> all.add(key, counts));
        Outside.latencies().forEach(all::add);
        return all.counts().entrySet().stream()
                .map(each -> histogram(each.getKey(), each.getValue()))
                .sorted(Comparator.comparingInt(
                                (OperationHistogram it) -> it.iteration().orElse(Integer.MAX_VALUE))
                        .thenComparing(it -> it.step().orElse(""))
                        .thenComparing(OperationHistogram::scheme)
                        .thenComparing(OperationHistogram::operation))
                .toList();
    }

    /**
     * Storage calls of the driver outside of tasks: listing, job commit, logs of streaming queries. Those of the latest
     * thousand SQL executions and job groups are told apart.
     */
    public List<OutsideIo> driverIo() {
        return OutsideIo.of(Outside.costs()).stream().filter(OutsideIo::driver).toList();
    }

    /**
     * Storage calls of which nobody knows whom they served: helper threads of executors and of the driver, and whatever the
     * driver's process did before the plugin was loaded. They overlap with what tasks waited for, so never add them to it.
     */
    public synchronized List<OutsideIo> unattributedIo() {
        Map<Integer, IoCost> sums = new TreeMap<>();
        for (ExecutorReport report : executors.values()) {
            for (ExecutorReport.Outside outside : report.outside()) {
                sums.merge(outside.cell(), new IoCost(outside.calls(), outside.nanos(), outside.bytes()), IoCost::plus);
            }
        }
        List<OutsideIo> all = new ArrayList<>(OutsideIo.of(Outside.costs()).stream()
                .filter(io -> !io.driver())
                .toList());
        sums.forEach((cell, cost) -> all.add(new OutsideIo(
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Schemes.name(Cells.scheme(cell)),
                Categories.of(cell),
                cost)));
        return all;
    }

    /**
     * Waits until executors have reported all tasks that Spark's events say have ended.
     *
     * @return whether they have, in that time
     */
    public synchronized boolean awaitReports(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!tasksOfExecutors.entrySet().stream().allMatch(each -> reported(each.getKey()) >= each.getValue())) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    private long reported(String executor) {
        ExecutorReport report = executors.get(executor);
        return report == null ? 0 : report.tasks();
    }

    /** Everything beside single tasks, as far as executors have reported it. */
    public synchronized ProbeTotals totals() {
        Counters counters = Counters.ofThisProcess().of(DRIVER);
        executors.values().forEach(report -> counters.addAll(report.counters().of(report.executor())));
        return new ProbeTotals(driverIo(), unattributedIo(), nanosPerCall(), taskNanos(), counters, firstSeen.copy());
    }

    /** What a counted call costs, as calibrated in each executor; the greatest, and 0 before the first report. */
    public synchronized double nanosPerCall() {
        return executors.values().stream()
                .mapToDouble(ExecutorReport::nanosPerCall)
                .max()
                .orElse(0);
    }

    /** What the probe took at the start and the end of tasks, so far. */
    synchronized long taskNanos() {
        return executors.values().stream().mapToLong(ExecutorReport::taskNanos).sum();
    }

    String applicationId() {
        return spark.applicationId();
    }

    /** How much of the application was seen so far. Spark's events arrive late; ask after the application's last job. */
    public synchronized Completeness completeness() {
        Map<String, String> missing = new TreeMap<>(notTransformed);
        missing.putAll(Bridge.notTransformed());
        long without = executors.values().stream()
                .filter(report -> !report.instrumented())
                .count();
        return new Completeness(
                tasksStarted,
                tasksEnded,
                tasksSeen,
                DroppedEvents.of(spark),
                (int) without + (Bridge.isInstrumented() ? 0 : 1),
                missing);
    }

    synchronized void receive(ExecutorReport report) {
        if (executors.put(report.executor(), report) == null) {
            firstSeen.addMissing(report.counters().of(report.executor()));
        }
        notTransformed.putAll(report.notTransformed());
        report.latencies().forEach(sparse -> latencies.add(sparse, Buckets.COUNT));
        notifyAll();
    }

    synchronized void taskStarted() {
        tasksStarted++;
    }

    synchronized void taskNeverRan() {
        tasksStarted--;
    }

    synchronized void taskEnded(String executor, boolean seen) {
        tasksEnded++;
        tasksSeen += seen ? 1 : 0;
        if (seen) {
            tasksOfExecutors.merge(executor, 1L, Long::sum);
        }
    }

    /** Nothing more will come from it. */
    synchronized void executorRemoved(String executor) {
        tasksOfExecutors.remove(executor);
        notifyAll();
    }

    /** The sum over all tasks, as Spark has it. */
    String total() {
        return accumulator.value();
    }

    private static OperationHistogram histogram(Latencies.Key key, long[] counts) {
        Histogram histogram = new Histogram(1, Buckets.lowest(Buckets.COUNT - 1) * 2, 2);
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (counts[bucket] != 0) {
                histogram.recordValueWithCount(Buckets.lowest(bucket), counts[bucket]);
            }
        }
        ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(buffer);
        return new OperationHistogram(
                iteration(key.iteration()),
                Optional.ofNullable(key.step()),
                Schemes.name(Cells.scheme(key.cell())),
                Categories.of(key.cell()),
                Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), length)));
    }

    private static OptionalInt iteration(@Nullable String property) {
        // Any application may set the property to anything; its numbers must not be lost over it.
        return property != null && property.matches("\\d{1,9}")
                ? OptionalInt.of(Integer.parseInt(property))
                : OptionalInt.empty();
    }
}

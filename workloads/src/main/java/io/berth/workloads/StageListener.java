package io.berth.workloads;

import io.berth.model.results.SparkTotals;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.TaskIo;
import io.berth.model.results.TaskMeasurement;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.sql.execution.SparkPlanInfo;
import org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;
import org.apache.spark.storage.RDDInfo;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Collects what Spark tells of the stages that run inside steps. Events arrive on a thread of Spark's; {@link #take} is
 * called from the application's, after the listener bus was drained.
 */
final class StageListener extends SparkListener {
    private static final Pattern LINE = Pattern.compile(":\\d+");
    private static final Pattern PLACE = Pattern.compile("[a-z0-9]*:?/\\S*", Pattern.CASE_INSENSITIVE);
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final String SQL_EXECUTION_PROPERTY = "spark.sql.execution.id";
    private static final String MICRO_BATCH_PROPERTY = "streaming.sql.batchId";
    private static final int FINGERPRINT_BYTES = 6;

    private final Function<SparkListenerTaskEnd, Optional<TaskIo>> taskIo;
    private final SetClock clock;
    private final Map<AttemptKey, Attempt> attempts = new LinkedHashMap<>();
    private final Map<Long, PlanFragments> plans = new HashMap<>();
    /** By stage. */
    private final Map<Integer, Integer> jobs = new HashMap<>();

    /** By task. */
    private final Map<Long, Long> aheadAtLaunch = new HashMap<>();

    /**
     * A listener.
     *
     * @param taskIo tells what the I/O probe saw of a task; empty where it saw nothing
     * @param clock  tells when that of Spark's dates was set: what is between two of them is corrected by it
     */
    StageListener(Function<SparkListenerTaskEnd, Optional<TaskIo>> taskIo, SetClock clock) {
        this.taskIo = taskIo;
        this.clock = clock;
    }

    private record AttemptKey(int stageId, int attempt) {}

    private record StageOfStep(String step, int stageId) {}

    private record StageOfMicroBatch(String step, int place, String fingerprint) {}

    /**
     * What makes a stage the same in another application.
     *
     * @param order      of its SQL execution, or of itself if it has none
     * @param place      in the plan of that execution
     * @param microBatch whether it belongs to a micro-batch of a streaming query
     */
    private record Identity(int order, int place, boolean microBatch, String fingerprint, String operator) {}

    /** A stage attempt while its events come in. */
    private static final class Attempt {
        private final String iteration;
        private final String step;
        private final Optional<Long> execution;
        private final boolean microBatch;
        private final List<TaskMeasurement> tasks = new ArrayList<>();
        private final TotalsBuilder totals = new TotalsBuilder();
        private final long aheadAtSubmission;
        private long aheadAtCompletion;
        private StageInfo info;
        private boolean completed;

        Attempt(
                String iteration,
                String step,
                Optional<Long> execution,
                boolean microBatch,
                StageInfo info,
                long aheadAtSubmission) {
            this.iteration = iteration;
            this.step = step;
            this.execution = execution;
            this.microBatch = microBatch;
            this.info = info;
            this.aheadAtSubmission = aheadAtSubmission;
        }

        long submittedMillis() {
            return millis(info.submissionTime()).orElse(0L);
        }
    }

    @Override
    public synchronized void onOtherEvent(SparkListenerEvent event) {
        if (event instanceof SparkListenerSQLExecutionStart start) {
            plan(start.executionId(), start.sparkPlanInfo());
        } else if (event instanceof SparkListenerSQLAdaptiveExecutionUpdate update) {
            plan(update.executionId(), update.sparkPlanInfo());
        }
    }

    private void plan(long execution, SparkPlanInfo root) {
        plans.put(execution, PlanFragments.of(root));
    }

    @Override
    public synchronized void onJobStart(SparkListenerJobStart event) {
        for (StageInfo stage : CollectionConverters.asJava(event.stageInfos())) {
            jobs.putIfAbsent(stage.stageId(), event.jobId());
        }
    }

    @Override
    public synchronized void onStageSubmitted(SparkListenerStageSubmitted event) {
        Properties properties = event.properties();
        String iteration = property(properties, Iteration.ITERATION_PROPERTY);
        String step = property(properties, Iteration.STEP_PROPERTY);
        if (iteration == null || step == null) {
            return;
        }
        Optional<Long> execution = Optional.ofNullable(property(properties, SQL_EXECUTION_PROPERTY))
                .map(Long::valueOf);
        boolean microBatch = property(properties, MICRO_BATCH_PROPERTY) != null;
        StageInfo info = event.stageInfo();
        attempts.put(
                new AttemptKey(info.stageId(), info.attemptNumber()),
                new Attempt(iteration, step, execution, microBatch, info, clock.ahead()));
    }

    @Override
    public synchronized void onTaskStart(SparkListenerTaskStart event) {
        if (attempts.containsKey(new AttemptKey(event.stageId(), event.stageAttemptId()))) {
            aheadAtLaunch.put(event.taskInfo().taskId(), clock.ahead());
        }
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd event) {
        Attempt attempt = attempts.get(new AttemptKey(event.stageId(), event.stageAttemptId()));
        if (attempt == null) {
            return;
        }
        TaskInfo task = event.taskInfo();
        long now = clock.ahead();
        long launched = Objects.requireNonNullElse(aheadAtLaunch.remove(task.taskId()), now);
        long durationMillis = Math.max(0, task.duration() - SetClock.step(launched, now));
        TaskMeasurement.Outcome outcome = task.successful()
                ? TaskMeasurement.Outcome.SUCCESS
                : task.killed() ? TaskMeasurement.Outcome.KILLED : TaskMeasurement.Outcome.FAILED;
        attempt.tasks.add(new TaskMeasurement(
                task.index(),
                task.attemptNumber(),
                task.executorId(),
                nanos(Math.max(
                        0,
                        task.launchTime()
                                - attempt.submittedMillis()
                                - SetClock.step(attempt.aheadAtSubmission, launched))),
                nanos(durationMillis),
                outcome,
                taskIo.apply(event)));
        if (outcome == TaskMeasurement.Outcome.SUCCESS && event.taskMetrics() != null) {
            attempt.totals.add(task, durationMillis, event.taskMetrics());
        }
    }

    @Override
    public synchronized void onStageCompleted(SparkListenerStageCompleted event) {
        StageInfo info = event.stageInfo();
        Attempt attempt = attempts.get(new AttemptKey(info.stageId(), info.attemptNumber()));
        if (attempt != null) {
            attempt.info = info;
            attempt.completed = true;
            attempt.aheadAtCompletion = clock.ahead();
        }
    }

    /**
     * The stage attempts of an iteration, and forgets all that came before. Within a step, ordinals follow the order of
     * submission; stages of one SQL execution, which Spark submits concurrently, follow their order in the plan instead,
     * so that a stage has the same ordinal in every application. How many micro-batches a streaming query needs differs
     * from application to application, so a stage has the same ordinal in all of them, too.
     */
    synchronized List<StageMeasurement> take(int iteration) {
        List<Attempt> taken = attempts.values().stream()
                .filter(attempt -> attempt.completed && attempt.iteration.equals(String.valueOf(iteration)))
                .toList();
        Map<Long, Integer> executionOrder = new HashMap<>();
        Map<StageOfStep, Identity> identities = new LinkedHashMap<>();
        for (Attempt attempt : taken) {
            int stageId = attempt.info.stageId();
            int order = attempt.execution
                    .map(id -> executionOrder.computeIfAbsent(id, it -> stageId))
                    .orElse(stageId);
            // The first attempt names the stage: a repeated one may have run only some of its tasks.
            identities.computeIfAbsent(new StageOfStep(attempt.step, stageId), it -> identity(attempt, order));
        }
        Map<String, Integer> next = new HashMap<>();
        Map<StageOfStep, Integer> ordinals = new HashMap<>();
        Map<StageOfMicroBatch, Integer> ordinalsOfMicroBatches = new HashMap<>();
        identities.entrySet().stream()
                .sorted(Comparator.<Map.Entry<StageOfStep, Identity>>comparingInt(
                                stage -> stage.getValue().order())
                        .thenComparingInt(stage -> stage.getValue().place())
                        .thenComparingInt(stage -> stage.getKey().stageId()))
                .forEach(stage -> {
                    String step = stage.getKey().step();
                    Identity identity = stage.getValue();
                    ordinals.put(
                            stage.getKey(),
                            identity.microBatch()
                                    ? ordinalsOfMicroBatches.computeIfAbsent(
                                            new StageOfMicroBatch(step, identity.place(), identity.fingerprint()),
                                            it -> next.merge(step, 1, Integer::sum) - 1)
                                    : next.merge(step, 1, Integer::sum) - 1);
                });
        List<StageMeasurement> measurements = new ArrayList<>();
        for (Attempt attempt : taken) {
            StageInfo info = attempt.info;
            StageOfStep stage = new StageOfStep(attempt.step, info.stageId());
            Identity identity = Objects.requireNonNull(identities.get(stage));
            measurements.add(new StageMeasurement(
                    iteration,
                    attempt.step,
                    Objects.requireNonNull(ordinals.get(stage)),
                    identity.fingerprint(),
                    identity.operator(),
                    jobs.containsKey(info.stageId()) ? OptionalInt.of(jobs.get(info.stageId())) : OptionalInt.empty(),
                    info.stageId(),
                    info.attemptNumber(),
                    nanos(Math.max(
                            0,
                            millis(info.completionTime()).orElse(0L)
                                    - attempt.submittedMillis()
                                    - SetClock.step(attempt.aheadAtSubmission, attempt.aheadAtCompletion))),
                    attempt.totals.build(),
                    attempt.tasks));
        }
        attempts.clear();
        aheadAtLaunch.clear();
        plans.clear();
        jobs.clear();
        return measurements;
    }

    private Identity identity(Attempt attempt, int order) {
        Optional<PlanFragments> plan = attempt.execution.map(plans::get);
        if (plan.isPresent()) {
            Set<Long> accumulators = new HashSet<>();
            CollectionConverters.asJava(attempt.info.accumulables())
                    .keySet()
                    .forEach(id -> accumulators.add((Long) id));
            List<Integer> places = plan.get().matching(accumulators);
            if (!places.isEmpty()) {
                List<String> details = new ArrayList<>();
                List<String> labels = new ArrayList<>();
                for (int place : places) {
                    details.addAll(plan.get().fragment(place).details());
                    labels.addAll(plan.get().fragment(place).labels());
                }
                return new Identity(
                        order,
                        places.get(places.size() - 1),
                        attempt.microBatch,
                        fingerprint(details),
                        String.join(" → ", labels));
            }
        }
        List<String> names = new ArrayList<>();
        CollectionConverters.asJava(attempt.info.rddInfos()).stream()
                .sorted(Comparator.comparingInt(RDDInfo::id))
                .forEach(rdd ->
                        names.add(rdd.scope().isDefined() ? rdd.scope().get().name() : rdd.name()));
        String call = LINE.matcher(attempt.info.name()).replaceAll("");
        names.add(call);
        return new Identity(
                order,
                Integer.MAX_VALUE,
                attempt.microBatch,
                fingerprint(names.stream()
                        .map(name -> PLACE.matcher(name).replaceAll("place"))
                        .map(name -> NUMBER.matcher(name).replaceAll("n"))
                        .toList()),
                call);
    }

    private static String fingerprint(List<String> lines) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, FINGERPRINT_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static @Nullable String property(@Nullable Properties properties, String key) {
        return properties == null ? null : properties.getProperty(key);
    }

    private static Optional<Long> millis(scala.Option<Object> time) {
        return time.isDefined() ? Optional.of((Long) time.get()) : Optional.empty();
    }

    private static long nanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Sums task metrics. Spark's times are whole milliseconds, but for CPU time and shuffle write time. */
    private static final class TotalsBuilder {
        private long runMillis;
        private long cpuNanos;
        private long gcMillis;
        private long deserializeMillis;
        private long serializeMillis;
        private long schedulerDelayMillis;
        private long inputBytes;
        private long inputRecords;
        private long outputBytes;
        private long outputRecords;
        private long shuffleReadBytes;
        private long shuffleReadRecords;
        private long fetchWaitMillis;
        private long shuffleWriteBytes;
        private long shuffleWriteRecords;
        private long shuffleWriteNanos;
        private long memorySpilledBytes;
        private long diskSpilledBytes;

        void add(TaskInfo task, long durationMillis, TaskMetrics metrics) {
            runMillis += metrics.executorRunTime();
            cpuNanos += metrics.executorCpuTime();
            gcMillis += metrics.jvmGCTime();
            deserializeMillis += metrics.executorDeserializeTime();
            serializeMillis += metrics.resultSerializationTime();
            long gettingResultMillis = task.gettingResultTime() > 0 ? task.finishTime() - task.gettingResultTime() : 0;
            schedulerDelayMillis += Math.max(
                    0,
                    durationMillis
                            - metrics.executorRunTime()
                            - metrics.executorDeserializeTime()
                            - metrics.resultSerializationTime()
                            - gettingResultMillis);
            inputBytes += metrics.inputMetrics().bytesRead();
            inputRecords += metrics.inputMetrics().recordsRead();
            outputBytes += metrics.outputMetrics().bytesWritten();
            outputRecords += metrics.outputMetrics().recordsWritten();
            shuffleReadBytes += metrics.shuffleReadMetrics().totalBytesRead();
            shuffleReadRecords += metrics.shuffleReadMetrics().recordsRead();
            fetchWaitMillis += metrics.shuffleReadMetrics().fetchWaitTime();
            shuffleWriteBytes += metrics.shuffleWriteMetrics().bytesWritten();
            shuffleWriteRecords += metrics.shuffleWriteMetrics().recordsWritten();
            shuffleWriteNanos += metrics.shuffleWriteMetrics().writeTime();
            memorySpilledBytes += metrics.memoryBytesSpilled();
            diskSpilledBytes += metrics.diskBytesSpilled();
        }

        SparkTotals build() {
            return new SparkTotals(
                    nanos(runMillis),
                    cpuNanos,
                    nanos(gcMillis),
                    nanos(deserializeMillis),
                    nanos(serializeMillis),
                    nanos(schedulerDelayMillis),
                    inputBytes,
                    inputRecords,
                    outputBytes,
                    outputRecords,
                    shuffleReadBytes,
                    shuffleReadRecords,
                    nanos(fetchWaitMillis),
                    shuffleWriteBytes,
                    shuffleWriteRecords,
                    shuffleWriteNanos,
                    memorySpilledBytes,
                    diskSpilledBytes);
        }
    }
}

package io.berth.workloads;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.mount.Mountinfo;
import io.berth.model.plan.Thresholds;
import io.berth.model.plan.Trial;
import io.berth.model.plan.TrialSpec;
import io.berth.model.records.RecordLine;
import io.berth.model.records.RecordWriter;
import io.berth.model.results.Answer;
import io.berth.model.results.Counter;
import io.berth.model.results.IterationIo;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.Lifecycle;
import io.berth.model.results.MountFact;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.StepMeasurement;
import io.berth.model.suite.Durability;
import io.berth.model.suite.Role;
import io.berth.model.text.BadInput;
import io.berth.model.text.BerthVersion;
import io.berth.model.text.FormatVersion;
import io.berth.model.text.Formats;
import io.berth.probe.Completeness;
import io.berth.probe.IoProbe;
import io.berth.probe.ProbeTotals;
import io.berth.probe.ProbedTask;
import io.berth.workloads.Failures.StorageUnfit;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Spark application of a trial: reads the trial's specification, proves that the storage is what it is said to be,
 * runs the workload and writes record lines. See docs/results-format.md for both formats.
 */
public final class Application {
    private static final Logger LOG = LoggerFactory.getLogger(Application.class);
    private static final long LISTENER_PATIENCE_MILLIS = 60_000;
    private static final long TASK_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** An executor that was lost reports no more, and Spark may not have noticed yet. */
    private static final Duration REPORT_PATIENCE = Duration.ofSeconds(2);

    private final TrialSpec spec;
    private final Records records;
    private final Supplier<SparkSession> session;
    private final long jvmUpNanos;
    private final List<Answer> answers = new ArrayList<>();

    private Application(TrialSpec spec, Records records, Supplier<SparkSession> session, long jvmUpNanos) {
        this.spec = spec;
        this.records = records;
        this.session = session;
        this.jvmUpNanos = jvmUpNanos;
    }

    /**
     * Runs one trial. The process ends with 0 if the trial went well, even when its answers are wrong, with 1 after a
     * failure record, and with 2 if the arguments can't be used at all.
     *
     * @param args the trial's specification, to read, and the file of record lines, to write
     */
    public static void main(String[] args) {
        long jvmUpNanos = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime());
        if (args.length != 2) {
            System.err.println("usage: Application SPEC.json RECORDS.jsonl");
            System.exit(2);
        }
        int exitCode;
        try {
            exitCode = run(
                    Path.of(args[0]),
                    Path.of(args[1]),
                    () -> SparkSession.builder()
                            .config("spark.plugins", plugins(System.getProperty("spark.plugins", "")))
                            .getOrCreate(),
                    jvmUpNanos);
        } catch (BadInput e) {
            System.err.println(e.getMessage());
            exitCode = 2;
        }
        System.exit(exitCode);
    }

    private static String plugins(String asked) {
        return (asked.isEmpty() ? "" : asked + ",") + MountProof.class.getName();
    }

    /**
     * Runs one trial in this process, as tools and tests do.
     *
     * @param session    makes the Spark session, which is stopped at the end
     * @param jvmUpNanos from the start of the process to its main method
     * @return 0 if it went well, 1 after a failure record
     * @throws BadInput if the specification can't be read or the records can't be written
     */
    public static int run(Path specFile, Path recordsFile, Supplier<SparkSession> session, long jvmUpNanos) {
        JsonNode told = read(specFile);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(recordsFile));
                Records records = new Records(new RecordWriter(out))) {
            records.accept(new RecordLine.Started(
                    FormatVersion.CURRENT, told.path("trial").asText(), "berth-workloads"));
            Optional<String> misfit = misfit(told);
            if (misfit.isPresent()) {
                LOG.error("{}", misfit.get());
                records.accept(new RecordLine.Failure(false, misfit.get()));
                return 1;
            }
            return new Application(bind(specFile, told), records, session, jvmUpNanos).run() ? 0 : 1;
        } catch (IOException | UncheckedIOException e) {
            throw new BadInput(recordsFile + ": can't be written (" + e.getMessage() + ")", e);
        }
    }

    private static JsonNode read(Path file) {
        try {
            return Formats.json().readTree(file.toFile());
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static TrialSpec bind(Path file, JsonNode told) {
        try {
            return Formats.json().treeToValue(told, TrialSpec.class);
        } catch (JsonProcessingException e) {
            throw unreadable(file, e);
        }
    }

    private static BadInput unreadable(Path file, IOException e) {
        return new BadInput(file + ": can't be read as a trial's specification (" + e.getMessage() + ")", e);
    }

    /** Why this is the application of another runner. What that may have said besides would be lost on this one. */
    private static Optional<String> misfit(JsonNode told) {
        String format = told.path("format").asText();
        return format.equals(FormatVersion.CURRENT.toString())
                ? Optional.empty()
                : Optional.of(
                        "the runner speaks format \"%s\", and this application, of berth %s, %s alone; make it with the berth that runs it"
                                .formatted(format, BerthVersion.current(), FormatVersion.CURRENT));
    }

    private boolean run() {
        try (MountProof.Trial executors = new MountProof.Trial(spec, records)) {
            return run(executors);
        }
    }

    private boolean run(MountProof.Trial executors) {
        try {
            long mainNanos = System.nanoTime();
            requireSpark();
            proveMounts();
            KeytabLogin.of(spec.sparkConf());
            Workload workload = instantiate();
            SparkSession spark = session.get();
            SparkListener losses = losses();
            spark.sparkContext().addSparkListener(losses);
            try {
                records.accept(new RecordLine.EnvironmentSeen(Surroundings.of(spark)));
                executors.scratchOfDriver();
                leaveNonce(spark);
                long contextNanos = System.nanoTime();
                iterate(workload, spark, executors);
                records.accept(new RecordLine.LifecycleDone(
                        new Lifecycle(jvmUpNanos, contextNanos - mainNanos, System.nanoTime() - contextNanos)));
            } finally {
                // Stopping removes every executor.
                spark.sparkContext().removeSparkListener(losses);
                removeOutput(spark);
                spark.stop();
            }
            return true;
        } catch (Throwable e) {
            // Whatever it is, the record must tell: an OutOfMemoryError, a LinkageError of a class path gone wrong.
            LOG.error("Trial {} has failed", spec.trial(), e);
            // An executor on the wrong storage explains whatever went wrong after it.
            records.accept(Failures.of(executors
                    .defect()
                    .<Throwable>map(StorageUnfit::new)
                    .orElse(e instanceof NoClassDefFoundError ? missing(e) : e)));
            return false;
        }
    }

    private SparkListener losses() {
        return new SparkListener() {
            @Override
            public void onExecutorRemoved(SparkListenerExecutorRemoved lost) {
                records.accept(new RecordLine.Warned(
                        "disturbed", "executor %s was lost (%s)".formatted(lost.executorId(), lost.reason())));
            }
        };
    }

    private void proveMounts() throws IOException {
        Mounts mounts = new Mounts(Mountinfo.self());
        for (MountFact mount : mounts.of(spec.roles(), "driver")) {
            records.accept(new RecordLine.MountSeen(mount));
        }
        mounts.prove(spec);
        Mounts.openDirectories(spec.roles());
    }

    /** Executors leave theirs when they start. */
    private void leaveNonce(SparkSession spark) {
        if (spec.proofUri().isPresent()) {
            String place = spec.proofUri().get();
            try {
                records.accept(
                        Nonces.leave(place, "driver", spark.sparkContext().hadoopConfiguration()));
            } catch (IOException e) {
                throw new StorageUnfit("driver can't write to %s (%s)".formatted(place, e));
            }
        }
    }

    /** Numbers of one Spark must not stand under the name of another. */
    private void requireSpark() {
        String version = org.apache.spark.package$.MODULE$.SPARK_VERSION();
        spec.sparkVersion().filter(wanted -> !version.startsWith(wanted + ".")).ifPresent(wanted -> {
            throw new BadInput(
                    "workload %s is for Spark %s, but this is %s".formatted(spec.workload(), wanted, where()));
        });
    }

    /** Of which Spark this application is, and where it is. */
    private static String where() {
        // Settings of a driver are properties of its JVM.
        String image = System.getProperty("spark.kubernetes.container.image", "");
        return "Spark %s%s"
                .formatted(
                        org.apache.spark.package$.MODULE$.SPARK_VERSION(), image.isEmpty() ? "" : " of image " + image);
    }

    private BadInput missing(Throwable e) {
        return new BadInput(
                "workload %s can't run on %s: the application has no %s"
                        .formatted(
                                spec.workload(),
                                where(),
                                String.valueOf(e.getMessage()).replace('/', '.')),
                e);
    }

    private Workload instantiate() {
        String mainClass = spec.mainClass();
        try {
            // Spark's loader, which also knows what was submitted with --jars.
            return Class.forName(mainClass, true, Thread.currentThread().getContextClassLoader())
                    .asSubclass(Workload.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ClassNotFoundException e) {
            throw missing(e);
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new BadInput(
                    "mainClass %s is not a %s with a public constructor without arguments"
                            .formatted(mainClass, Workload.class.getName()),
                    e);
        }
    }

    private void iterate(Workload workload, SparkSession spark, MountProof.Trial executors) throws Exception {
        TrialContext trial = new TrialContext(spec, spark, records);
        SetClock clock = new SetClock(InstantSource.system(), System::nanoTime);
        StageListener stages = new StageListener(ProbedTask::of, clock);
        spark.sparkContext().addSparkListener(stages);
        SecondSources sources = new SecondSources();
        spark.streams().addListener(sources);
        workload.prepare(trial);
        // Data on the wrong storage would be prepared for nobody.
        executors.require();
        if (spec.kind() == Trial.Kind.PREPARE) {
            return;
        }
        DataNodes dataNodes = DataNodes.of(trial.fileSystem(new org.apache.hadoop.fs.Path(spec.outputUri())));
        int iterations = spec.warmupIterations() + spec.measuredIterations();
        for (int i = 0; i < iterations; i++) {
            org.apache.hadoop.fs.Path output = new org.apache.hadoop.fs.Path(spec.outputUri(), "iteration-" + i);
            Iteration iteration = new Iteration(trial, i, output, System::nanoTime);
            executors.require();
            Optional<IoProbe> probe = IoProbe.current();
            dataNodes.take();
            Optional<ProbeTotals> before = Optional.empty();
            if (probe.isPresent()) {
                before = Optional.of(totals(probe.get(), spark.sparkContext()));
            }
            long ahead = clock.ahead();
            long begin = System.nanoTime();
            workload.run(iteration);
            long elapsedNanos = System.nanoTime() - begin;
            List<StepMeasurement> steps = iteration.end();
            OptionalLong drainNanos = drain(spark.sparkContext());
            probe.ifPresent(Application::awaitTasks);
            drainListeners(spark.sparkContext());
            records.accept(new RecordLine.IterationDone(
                    new IterationMeasurement(i, i < spec.warmupIterations(), elapsedNanos, drainNanos, steps)));
            tellStep(i, SetClock.step(ahead, clock.ahead()));
            for (StageMeasurement stage : stages.take(i)) {
                records.accept(new RecordLine.StageDone(stage));
            }
            if (before.isPresent()) {
                IterationIo io =
                        totals(probe.orElseThrow(), spark.sparkContext()).since(before.get(), i);
                List<Counter> counters = new ArrayList<>(io.counters());
                counters.addAll(dataNodes.take());
                counters.addAll(sources.take(trial.fileSystem(output), output));
                records.accept(
                        new RecordLine.IoDone(new IterationIo(io.iteration(), io.outside(), io.cost(), counters)));
            }
            List<Answer> answered = workload.verify(iteration);
            if (answered.isEmpty()) {
                throw new IllegalStateException(spec.mainClass() + " gave no answer to verify");
            }
            answered.forEach(answer -> compare(answer, iteration));
            trial.fileSystem(output).delete(output, true);
        }
        executors.require();
        answers.forEach(answer -> records.accept(new RecordLine.Answered(answer)));
        IoProbe.current().ifPresent(this::tellProbed);
    }

    private void tellStep(int iteration, long stepMillis) {
        if (stepMillis != 0) {
            records.accept(new RecordLine.Warned(
                    "disturbed",
                    "the clock of the driver's machine was set %.0f s %s in iteration %d; what Spark dates by it was corrected"
                            .formatted(Math.abs(stepMillis) / 1e3, stepMillis > 0 ? "forward" : "back", iteration)));
        }
    }

    private void tellProbed(IoProbe probe) {
        probe.histograms().forEach(histogram -> records.accept(new RecordLine.HistogramTaken(histogram)));
        Completeness completeness = probe.completeness();
        double enough = spec.completeTaskFraction().orElse(Thresholds.DEFAULT.completeTaskFraction());
        if (completeness.fraction() < enough || completeness.droppedEvents() > 0) {
            records.accept(
                    new RecordLine.Distrusted("the I/O probe saw %d of %d tasks, and %d events of Spark were lost"
                            .formatted(
                                    completeness.tasksSeen(),
                                    completeness.tasksEnded(),
                                    completeness.droppedEvents())));
        }
        if (completeness.executorsWithoutAgent() > 0
                || !completeness.notTransformed().isEmpty()) {
            records.accept(new RecordLine.Warned(
                    "probe-incomplete",
                    "storage calls are missing: %d processes without the probe's agent, classes that it could not hook: %s"
                            .formatted(
                                    completeness.executorsWithoutAgent(),
                                    new TreeMap<>(completeness.notTransformed()))));
        }
    }

    /** Keeps the answers that are new: the first of each step, and every one that contradicts an earlier one. */
    private void compare(Answer answer, Iteration iteration) {
        Optional<Answer> earlier =
                answers.stream().filter(it -> it.step().equals(answer.step())).findFirst();
        if (earlier.filter(answer::equals).isPresent()) {
            return;
        }
        answers.add(answer);
        earlier.ifPresent(it -> records.accept(new RecordLine.Distrusted(
                "iteration %d answered step %s with %d rows and checksum %s, an earlier one with %d rows and %s"
                        .formatted(
                                iteration.index(),
                                answer.step(),
                                answer.rows(),
                                answer.checksum(),
                                it.rows(),
                                it.checksum()))));
    }

    /**
     * Forces what was written, timed. Only on files and with executors inside this process, because no process can force
     * what another machine has in its cache.
     */
    private OptionalLong drain(SparkContext context) throws IOException {
        Map<Role, String> places = new HashMap<>(spec.roles());
        places.keySet().retainAll(List.of(Role.CHECKPOINT));
        places.replaceAll((role, uri) -> uri + "/" + spec.trial());
        places.put(Role.DATA, spec.outputUri());
        List<Path> directories = places.values().stream()
                .flatMap(uri -> Mounts.file(uri).stream())
                .toList();
        if (spec.durability() != Durability.CLOSED || directories.size() < places.size() || !context.isLocal()) {
            return OptionalLong.empty();
        }
        long begin = System.nanoTime();
        Drain.force(directories);
        return OptionalLong.of(System.nanoTime() - begin);
    }

    /**
     * Attempts that Spark has given up, as the slower of two speculative ones, run on for a moment; what they cost belongs
     * to the iteration that started them. One that can't be stopped isn't waited for.
     */
    private static void awaitTasks(IoProbe probe) {
        long deadline = System.nanoTime() + TASK_PATIENCE_NANOS;
        for (Completeness seen = probe.completeness();
                seen.tasksEnded() < seen.tasksStarted() && System.nanoTime() < deadline;
                seen = probe.completeness()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** Of all tasks that have ended so far. */
    private static ProbeTotals totals(IoProbe probe, SparkContext context)
            throws TimeoutException, InterruptedException {
        drainListeners(context);
        probe.awaitReports(REPORT_PATIENCE);
        return probe.totals();
    }

    /** Waits until Spark has delivered every event that is on its way; an action's events are posted before it returns. */
    private static void drainListeners(SparkContext context) throws TimeoutException {
        context.listenerBus().waitUntilEmpty(LISTENER_PATIENCE_MILLIS);
    }

    private void removeOutput(SparkSession spark) {
        List<String> places = new ArrayList<>(List.of(spec.outputUri()));
        Optional.ofNullable(spec.roles().get(Role.CHECKPOINT)).ifPresent(uri -> places.add(uri + "/" + spec.trial()));
        for (String place : places) {
            try {
                org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(place);
                FileSystem files = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
                files.delete(path, true);
            } catch (IOException | RuntimeException e) {
                LOG.warn("{} could not be removed", place, e);
            }
        }
    }

    /** Record lines with an end that always comes, and comes once. */
    private static final class Records implements java.util.function.Consumer<RecordLine>, AutoCloseable {
        private final RecordWriter writer;
        private final Thread atShutdown = new Thread(this::giveUp, "berth-records");
        private boolean sealed;

        Records(RecordWriter writer) {
            this.writer = writer;
            Runtime.getRuntime().addShutdownHook(atShutdown);
        }

        @Override
        public synchronized void accept(RecordLine line) {
            if (!sealed) {
                writer.write(line);
            }
        }

        /** Somebody else ends the process: a signal, or Spark after a fatal error on one of its threads. */
        private synchronized void giveUp() {
            accept(
                    new RecordLine.Failure(
                            false,
                            "the application was shut down before its end, from outside or by Spark after a fatal error (see its log)"));
            seal();
        }

        private synchronized void seal() {
            if (!sealed) {
                writer.end();
                sealed = true;
            }
        }

        @Override
        public synchronized void close() {
            seal();
            try {
                Runtime.getRuntime().removeShutdownHook(atShutdown);
            } catch (IllegalStateException e) {
                LOG.debug("The process is ending already", e);
            }
        }
    }
}

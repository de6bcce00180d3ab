package io.berth.reports;

import io.berth.model.plan.Plan;
import io.berth.model.plan.PlannedWorkload;
import io.berth.model.plan.Thresholds;
import io.berth.model.plan.Trial;
import io.berth.model.results.Answer;
import io.berth.model.results.Attempt;
import io.berth.model.results.Counter;
import io.berth.model.results.DataSetFact;
import io.berth.model.results.Environment;
import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.IterationIo;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.Lifecycle;
import io.berth.model.results.Measurements;
import io.berth.model.results.MountFact;
import io.berth.model.results.OperationHistogram;
import io.berth.model.results.OutsideCalls;
import io.berth.model.results.PodLife;
import io.berth.model.results.ProbeCost;
import io.berth.model.results.Results;
import io.berth.model.results.SparkTotals;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.StepMeasurement;
import io.berth.model.results.TaskIo;
import io.berth.model.results.TaskMeasurement;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.TrialResult;
import io.berth.model.results.Warning;
import io.berth.model.suite.AccessType;
import io.berth.model.suite.Durability;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.model.text.BerthVersion;
import io.berth.model.text.FormatVersion;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * Results as a real run gives them, made from a seed, and bent in the one place a test is about. Times are invented; their
 * proportions are those of a small machine.
 */
final class ResultsFixture {
    static final String DISK = "local-disk";
    static final String MEMORY = "local-memory";
    static final String NFS = "nfs-filer";
    static final String SQL = "tpch";
    static final String IO = "throughput";

    private int blocks = 3;
    private boolean probe;
    private boolean histograms;
    private int queries = 8;
    private double scale = 1;
    private Durability durability = Durability.CLOSED;
    private final List<StorageProfile> profiles = new ArrayList<>(List.of(
            profile(DISK, "local", "A directory on the machine's own disk", AccessType.LOCAL),
            profile(MEMORY, "local", "A directory on tmpfs: what storage costs at least", AccessType.MEMORY)));
    private List<String> workloads = List.of(SQL, IO);
    private List<String> command = List.of("berth", "run", "suites/quickstart.yaml", "--out", "results/quickstart");
    private Predicate<Trial> present = trial -> true;
    private final Map<String, TrialOutcome> outcomes = new HashMap<>();
    private final Map<String, UnaryOperator<Attempt>> bends = new TreeMap<>();
    private final Map<String, UnaryOperator<Measurements>> numberBends = new TreeMap<>();
    private final Map<String, List<Attempt>> earlier = new HashMap<>();

    static ResultsFixture results() {
        return new ResultsFixture();
    }

    static StorageProfile profile(String name, String backend, String description, AccessType accessType) {
        return new StorageProfile(name, backend, description, accessType, Map.of());
    }

    static String id(String workload, String profile, int block) {
        return "b%02d-%s-%s".formatted(block, workload, profile);
    }

    ResultsFixture blocks(int blocks) {
        this.blocks = blocks;
        return this;
    }

    ResultsFixture queries(int queries) {
        this.queries = queries;
        return this;
    }

    /** Times multiplied. */
    ResultsFixture scale(double scale) {
        this.scale = scale;
        return this;
    }

    ResultsFixture probe() {
        this.probe = true;
        return this;
    }

    ResultsFixture histograms() {
        this.histograms = true;
        return this;
    }

    ResultsFixture durability(Durability durability) {
        this.durability = durability;
        return this;
    }

    ResultsFixture workloads(String... names) {
        this.workloads = List.of(names);
        return this;
    }

    ResultsFixture command(String... words) {
        this.command = List.of(words);
        return this;
    }

    ResultsFixture with(StorageProfile profile) {
        profiles.removeIf(it -> it.name().equals(profile.name()));
        profiles.add(profile);
        return this;
    }

    ResultsFixture nfs() {
        return with(profile(NFS, "mount", "An NFS 4.2 export of the filer", AccessType.NAS));
    }

    /** Only these trials have run. */
    ResultsFixture only(Predicate<Trial> present) {
        this.present = present;
        return this;
    }

    ResultsFixture outcome(String trial, TrialOutcome outcome) {
        outcomes.put(trial, outcome);
        return this;
    }

    /** Changes the attempt of every trial whose id begins so. */
    ResultsFixture attempt(String idPrefix, UnaryOperator<Attempt> bend) {
        bends.put(idPrefix, bend);
        return this;
    }

    /** Changes the numbers of every completed trial whose id begins so. */
    ResultsFixture numbers(String idPrefix, UnaryOperator<Measurements> bend) {
        numberBends.put(idPrefix, bend);
        return this;
    }

    /** What was tried before the attempt that the fixture makes. */
    ResultsFixture after(String trial, Attempt attempt) {
        earlier.put(trial, List.of(attempt));
        return this;
    }

    Results build() {
        Plan plan = plan();
        List<TrialResult> trials = plan.trials().stream()
                .filter(present)
                .map(trial -> new TrialResult(FormatVersion.CURRENT, trial, attempts(trial)))
                .toList();
        return new Results(plan, trials);
    }

    Plan plan() {
        List<Trial> trials = new ArrayList<>();
        for (String workload : workloads) {
            for (StorageProfile profile : profiles) {
                trials.add(new Trial(
                        "prepare-%s-%s".formatted(workload, profile.name()),
                        Trial.Kind.PREPARE,
                        0,
                        trials.size(),
                        workload,
                        profile.name()));
            }
        }
        Random order = new Random(7);
        for (int block = 1; block <= blocks; block++) {
            List<String[]> cells = new ArrayList<>();
            for (String workload : workloads) {
                profiles.forEach(profile -> cells.add(new String[] {workload, profile.name()}));
            }
            Collections.shuffle(cells, order);
            for (String[] cell : cells) {
                trials.add(new Trial(
                        id(cell[0], cell[1], block), Trial.Kind.MEASURE, block, trials.size(), cell[0], cell[1]));
            }
        }
        return new Plan(
                FormatVersion.CURRENT,
                Optional.of(new BerthVersion("0.1.0", Optional.of("5eed5eed5e"))),
                "quickstart-00c0ffee",
                "quickstart",
                Optional.of("What a directory on disk costs against one in memory"),
                20260101,
                blocks,
                "local[2]",
                Optional.empty(),
                DISK,
                profiles,
                workloads.stream().map(this::workload).toList(),
                Thresholds.DEFAULT,
                command,
                trials);
    }

    private PlannedWorkload workload(String name) {
        boolean sql = name.equals(SQL);
        return new PlannedWorkload(
                name,
                name,
                "io.berth.workloads." + (sql ? "sql.Tpch" : "io.Throughput"),
                sql
                        ? "TPC-H queries of different I/O shape over Parquet"
                        : "Write, read and random read of incompressible files",
                sql ? Map.of("scale", 0.1) : Map.of("files", 4, "megabytes", 64),
                sql ? List.of(Role.DATA, Role.SCRATCH) : List.of(Role.DATA),
                sql ? Durability.READ_ONLY : durability,
                "uncontrolled",
                1,
                2,
                300,
                15,
                Map.of("spark.sql.adaptive.enabled", "false"));
    }

    private List<Attempt> attempts(Trial trial) {
        Random random = new Random(trial.id().hashCode());
        List<Attempt> before = earlier.getOrDefault(trial.id(), List.of());
        TrialOutcome outcome =
                outcomes.getOrDefault(trial.id(), new TrialOutcome.Completed(measurements(trial, random)));
        if (outcome instanceof TrialOutcome.Completed completed) {
            Measurements numbers = completed.measurements();
            for (Map.Entry<String, UnaryOperator<Measurements>> bend : numberBends.entrySet()) {
                numbers = trial.id().startsWith(bend.getKey()) ? bend.getValue().apply(numbers) : numbers;
            }
            outcome = new TrialOutcome.Completed(numbers);
        }
        Attempt attempt = new Attempt(
                before.size() + 1,
                Instant.parse("2026-01-01T12:00:00Z").plusSeconds(60L * trial.position()),
                nanos(14 + random.nextDouble()),
                nanos(0.08 + 0.01 * random.nextDouble()),
                outcome,
                Optional.of(new Lifecycle(nanos(0.6), nanos(2.4 + 0.2 * random.nextDouble()), nanos(10))),
                Optional.of(environment(trial)),
                mounts(trial),
                trial.workload().equals(SQL)
                        ? List.of(new DataSetFact(
                                "tpch-sf0.1",
                                root(trial.profile()) + "/tpch",
                                "9f2c41aa",
                                18,
                                39_400_000,
                                866_602,
                                true,
                                41_000_000))
                        : List.of(),
                List.of(),
                Optional.of("logs/" + trial.id() + ".log"));
        for (Map.Entry<String, UnaryOperator<Attempt>> bend : bends.entrySet()) {
            attempt = trial.id().startsWith(bend.getKey()) ? bend.getValue().apply(attempt) : attempt;
        }
        List<Attempt> all = new ArrayList<>(before);
        all.add(attempt);
        return all;
    }

    static Attempt with(Attempt it, TrialOutcome outcome) {
        return new Attempt(
                it.number(),
                it.startedAt(),
                it.elapsedNanos(),
                it.runnerNanos(),
                outcome,
                it.lifecycle(),
                it.environment(),
                it.mounts(),
                it.dataSets(),
                it.warnings(),
                it.log());
    }

    static Attempt with(Attempt it, Environment environment) {
        return new Attempt(
                it.number(),
                it.startedAt(),
                it.elapsedNanos(),
                it.runnerNanos(),
                it.outcome(),
                it.lifecycle(),
                Optional.of(environment),
                it.mounts(),
                it.dataSets(),
                it.warnings(),
                it.log());
    }

    static Attempt withMounts(Attempt it, List<MountFact> mounts) {
        return new Attempt(
                it.number(),
                it.startedAt(),
                it.elapsedNanos(),
                it.runnerNanos(),
                it.outcome(),
                it.lifecycle(),
                it.environment(),
                mounts,
                it.dataSets(),
                it.warnings(),
                it.log());
    }

    static Attempt withWarnings(Attempt it, Warning... warnings) {
        return new Attempt(
                it.number(),
                it.startedAt(),
                it.elapsedNanos(),
                it.runnerNanos(),
                it.outcome(),
                it.lifecycle(),
                it.environment(),
                it.mounts(),
                it.dataSets(),
                Arrays.asList(warnings),
                it.log());
    }

    static Attempt withDataSets(Attempt it, DataSetFact... dataSets) {
        return new Attempt(
                it.number(),
                it.startedAt(),
                it.elapsedNanos(),
                it.runnerNanos(),
                it.outcome(),
                it.lifecycle(),
                it.environment(),
                it.mounts(),
                Arrays.asList(dataSets),
                it.warnings(),
                it.log());
    }

    static Attempt withPods(Attempt it, PodLife... pods) {
        return new Attempt(
                it.number(),
                it.startedAt(),
                it.elapsedNanos(),
                it.runnerNanos(),
                it.outcome(),
                it.lifecycle(),
                it.environment(),
                it.mounts(),
                it.dataSets(),
                it.warnings(),
                it.log(),
                Arrays.asList(pods));
    }

    static Attempt fact(Attempt it, String name, String value) {
        Environment environment = it.environment().orElseThrow();
        Map<String, String> facts = new HashMap<>(environment.facts());
        facts.put(name, value);
        return with(it, new Environment(facts, environment.sparkConf()));
    }

    static Measurements withAnswers(Measurements it, UnaryOperator<Answer> bend) {
        return new Measurements(
                it.iterations(),
                it.stages(),
                it.histograms(),
                it.answers().stream().map(bend).toList(),
                it.io());
    }

    static Measurements withIterations(Measurements it, UnaryOperator<IterationMeasurement> bend) {
        return new Measurements(
                it.iterations().stream().map(bend).toList(), it.stages(), it.histograms(), it.answers(), it.io());
    }

    static IterationMeasurement elapsed(IterationMeasurement it, double seconds) {
        return new IterationMeasurement(it.index(), it.warmup(), nanos(seconds), it.drainNanos(), it.steps());
    }

    static Measurements withStages(Measurements it, UnaryOperator<StageMeasurement> bend) {
        return new Measurements(
                it.iterations(), it.stages().stream().map(bend).toList(), it.histograms(), it.answers(), it.io());
    }

    static StageMeasurement withTasks(StageMeasurement it, UnaryOperator<TaskMeasurement> bend) {
        return new StageMeasurement(
                it.iteration(),
                it.step(),
                it.ordinal(),
                it.fingerprint(),
                it.operator(),
                it.jobId(),
                it.stageId(),
                it.attempt(),
                it.elapsedNanos(),
                it.spark(),
                it.tasks().stream().map(bend).toList());
    }

    static StageMeasurement withoutProbe(StageMeasurement it) {
        return withTasks(
                it,
                task -> new TaskMeasurement(
                        task.index(),
                        task.attempt(),
                        task.executor(),
                        task.launchOffsetNanos(),
                        task.elapsedNanos(),
                        task.outcome(),
                        Optional.empty()));
    }

    static MountFact mount(Role role, String path, String mountPoint, String fsType, String source) {
        return new MountFact("driver", role.label(), path, mountPoint, fsType, source, List.of("rw", "relatime"));
    }

    private Environment environment(Trial trial) {
        Map<String, String> conf = new HashMap<>(Map.of(
                "spark.app.id", "local-" + (1767268800000L + 60_000L * trial.position()),
                "spark.master", "local[2]",
                "spark.sql.adaptive.enabled", "false",
                "spark.driver.memory", "1g"));
        conf.put("spark.local.dir", root(trial.profile()) + "/scratch");
        return new Environment(
                Map.of(
                        "spark.version", "4.0.1",
                        "hadoop.version", "3.4.2",
                        "java.version", "17.0.15",
                        "os.kernel", "6.1.0-37-amd64",
                        "machine.cpus", "2",
                        "machine.memoryBytes", "4294967296",
                        "berth.commit", "0123abc"),
                conf);
    }

    private static String root(String profile) {
        return switch (profile) {
            case MEMORY -> "file:/dev/shm/berth";
            case NFS -> "file:/mnt/filer/berth";
            default -> "file:/srv/berth";
        };
    }

    private static List<MountFact> mounts(Trial trial) {
        List<MountFact> facts = new ArrayList<>();
        for (Role role : List.of(Role.DATA, Role.SCRATCH)) {
            facts.add(
                    switch (trial.profile()) {
                        case MEMORY -> mount(role, "/dev/shm/berth", "/dev/shm", "tmpfs", "tmpfs");
                        case NFS -> mount(role, "/mnt/filer/berth", "/mnt/filer", "nfs4", "filer:/export");
                        default -> mount(role, "/srv/berth", "/", "ext4", "/dev/vda1");
                    });
        }
        return facts;
    }

    private double speed(String profile, double ioShare) {
        double io =
                switch (profile) {
                    case MEMORY -> 0.25;
                    case NFS -> 1.9;
                    default -> 1;
                };
        return 1 - ioShare + ioShare * io;
    }

    private Measurements measurements(Trial trial, Random random) {
        double disturbance = 1 + 0.03 * random.nextGaussian();
        List<IterationMeasurement> iterations = new ArrayList<>();
        List<StageMeasurement> stages = new ArrayList<>();
        List<OperationHistogram> latencies = new ArrayList<>();
        for (int index = 0; index < 3; index++) {
            List<StepMeasurement> steps = new ArrayList<>();
            double elapsed = 0;
            for (Step step : steps(trial.workload())) {
                double seconds = scale
                        * step.seconds
                        * speed(trial.profile(), step.ioShare)
                        * disturbance
                        * (index == 0 ? 1.6 : 1)
                        * (1 + 0.015 * random.nextGaussian());
                elapsed += seconds;
                steps.add(new StepMeasurement(step.name, nanos(seconds), step.bytes, Map.of()));
                stages.addAll(stages(trial, step, index, seconds, random));
                if (histograms) {
                    latencies.addAll(latencies(trial, step, index, random));
                }
            }
            OptionalLong drain = trial.workload().equals(IO) && !trial.profile().equals(MEMORY)
                    ? OptionalLong.of(nanos(0.2 * scale))
                    : OptionalLong.empty();
            iterations.add(new IterationMeasurement(index, index == 0, nanos(elapsed + 0.05), drain, steps));
        }
        List<Answer> answers = steps(trial.workload()).stream()
                .map(step -> new Answer(
                        step.name,
                        4 + step.name.length(),
                        Integer.toHexString(step.name.hashCode() | 0x10000000),
                        trial.workload().equals(SQL)
                                ? Optional.of(Integer.toHexString(step.name.hashCode() | 0x10000000))
                                : Optional.empty()))
                .toList();
        return new Measurements(
                iterations,
                stages,
                latencies,
                answers,
                probe
                        ? iterations.stream()
                                .map(it -> io(trial, it.index(), stages))
                                .toList()
                        : List.of());
    }

    /** The driver lists and commits, a helper thread reads ahead, and the kernel sees a third more. */
    private IterationIo io(Trial trial, int iteration, List<StageMeasurement> stages) {
        long read = bytes(stages, iteration, IoCategory.READ);
        long written = bytes(stages, iteration, IoCategory.WRITE);
        long shuffled = bytes(stages, iteration, IoCategory.SHUFFLE_WRITE);
        long slow = nanos(0.02 * speed(trial.profile(), 1));
        return new IterationIo(
                iteration,
                List.of(
                        new OutsideCalls(
                                OutsideCalls.Caller.DRIVER,
                                Optional.of(steps(trial.workload()).get(0).name),
                                "file",
                                IoCategory.METADATA,
                                new IoCost(12, slow, 0)),
                        new OutsideCalls(
                                OutsideCalls.Caller.UNATTRIBUTED,
                                Optional.empty(),
                                "local",
                                IoCategory.SPILL_READ,
                                new IoCost(3, slow / 4, 1_000_000))),
                new ProbeCost(55, nanos(0.002)),
                List.of(
                        new Counter("file", "bytesRead", read),
                        new Counter("file", "bytesWritten", written),
                        new Counter("process", "majorFaults", 3),
                        new Counter("process", "rchar", (long) (1.3 * (double) (read + 1_000_000))),
                        new Counter("process", "wchar", written + shuffled)));
    }

    private static long bytes(List<StageMeasurement> stages, int iteration, IoCategory category) {
        return stages.stream()
                .filter(it -> it.iteration() == iteration)
                .flatMap(it -> it.tasks().stream())
                .flatMap(it -> it.io().stream())
                .mapToLong(it -> it.costs().getOrDefault(category, IoCost.NONE).bytes())
                .sum();
    }

    private record Step(String name, double seconds, double ioShare, OptionalLong bytes) {}

    private List<Step> steps(String workload) {
        if (!workload.equals(SQL)) {
            OptionalLong bytes = OptionalLong.of(256L * 1024 * 1024);
            return List.of(
                    new Step("write", 1.9, 0.7, bytes),
                    new Step("read", 0.6, 0.5, bytes),
                    new Step("random-read", 1.3, 0.8, OptionalLong.of(64L * 1024 * 1024)));
        }
        int[] numbers = {1, 3, 4, 6, 9, 12, 13, 18, 19, 21};
        return IntStream.range(0, Math.min(queries, numbers.length))
                .mapToObj(i -> new Step(
                        "q" + numbers[i], 0.35 + 0.17 * (i * 3 % 7), 0.1 + 0.08 * (i % 6), OptionalLong.empty()))
                .toList();
    }

    private List<StageMeasurement> stages(Trial trial, Step step, int iteration, double seconds, Random random) {
        boolean sql = trial.workload().equals(SQL);
        List<String> operators = sql
                ? List.of(
                        "Scan parquet lineitem, Filter, HashAggregate",
                        "Exchange, SortMergeJoin, HashAggregate",
                        "Sort, CollectLimit")
                : List.of(step.name + " files");
        double[] shares = sql ? new double[] {0.6, 0.3, 0.05} : new double[] {0.95};
        List<StageMeasurement> stages = new ArrayList<>();
        for (int ordinal = 0; ordinal < operators.size(); ordinal++) {
            double elapsed = seconds * shares[ordinal];
            double io = step.ioShare
                    * (ordinal == 1 ? 0.5 : 1)
                    * speed(trial.profile(), 1)
                    / speed(trial.profile(), step.ioShare);
            List<TaskMeasurement> tasks = new ArrayList<>();
            int count = 4;
            double each = elapsed * 2 / count;
            for (int task = 0; task < count; task++) {
                double wall = each * (0.94 + 0.06 * random.nextDouble());
                tasks.add(new TaskMeasurement(
                        task,
                        0,
                        "driver",
                        nanos(each * Math.floorDiv(task, 2)),
                        nanos(wall * 1.01),
                        TaskMeasurement.Outcome.SUCCESS,
                        probe ? Optional.of(taskIo(wall, Math.min(0.95, io), ordinal, step)) : Optional.empty()));
            }
            long run = nanos(elapsed * 2 * 0.94);
            double busy = 1 - Math.min(0.95, io);
            boolean reads = ordinal == 0 && !step.name.equals("write");
            long payload = step.bytes.orElse(18_000_000L);
            stages.add(new StageMeasurement(
                    iteration,
                    step.name,
                    ordinal,
                    "fp" + Math.abs((step.name + ordinal).hashCode() % 10000),
                    operators.get(ordinal),
                    OptionalInt.of(iteration),
                    10 * iteration + ordinal,
                    0,
                    nanos(elapsed),
                    new SparkTotals(
                            run,
                            (long) (run * busy * 0.93),
                            (long) (run * 0.02),
                            nanos(0.01 * elapsed),
                            nanos(0.002 * elapsed),
                            nanos(0.03 * elapsed),
                            reads ? payload : 0,
                            reads ? 600_000 : 0,
                            step.name.equals("write") ? payload : 0,
                            0,
                            ordinal == 1 ? 5_400_000 : 0,
                            ordinal == 1 ? 150_000 : 0,
                            0,
                            ordinal == 0 && sql ? 5_400_000 : 0,
                            ordinal == 0 && sql ? 150_000 : 0,
                            ordinal == 0 && sql ? nanos(0.04 * elapsed) : 0,
                            0,
                            0),
                    tasks));
        }
        return stages;
    }

    private static TaskIo taskIo(double wall, double io, int ordinal, Step step) {
        Map<IoCategory, IoCost> costs = new EnumMap<>(IoCategory.class);
        costs.put(IoCategory.OPEN, new IoCost(6, nanos(wall * io * 0.04), 0));
        costs.put(IoCategory.METADATA, new IoCost(9, nanos(wall * io * 0.06), 0));
        if (step.name.equals("write")) {
            costs.put(IoCategory.WRITE, new IoCost(640, nanos(wall * io * 0.7), 64L * 1024 * 1024));
            costs.put(IoCategory.CLOSE, new IoCost(1, nanos(wall * io * 0.2), 0));
        } else {
            costs.put(IoCategory.READ, new IoCost(420, nanos(wall * io * 0.8), 9_400_000));
            costs.put(
                    ordinal == 1 ? IoCategory.SHUFFLE_READ_LOCAL : IoCategory.SHUFFLE_WRITE,
                    new IoCost(80, nanos(wall * io * 0.1), 1_350_000));
        }
        return new TaskIo(nanos(wall), nanos(wall * (1 - io) * 0.95), OptionalLong.of(nanos(wall * 0.02)), costs);
    }

    private List<OperationHistogram> latencies(Trial trial, Step step, int iteration, Random random) {
        List<OperationHistogram> encoded = new ArrayList<>();
        IoCategory main = step.name.equals("write") ? IoCategory.WRITE : IoCategory.READ;
        for (IoCategory category : List.of(IoCategory.OPEN, main)) {
            Histogram histogram = new Histogram(3);
            for (int i = 0; i < 400; i++) {
                double micros = (category == IoCategory.OPEN ? 90 : 240)
                        * speed(trial.profile(), 1)
                        * Math.exp(0.7 * random.nextGaussian());
                histogram.recordValue(Math.max(1, (long) (1000 * micros * (i % 199 == 198 ? 30 : 1))));
            }
            encoded.add(new OperationHistogram(
                    OptionalInt.of(iteration), Optional.of(step.name), "file", category, encode(histogram)));
        }
        return encoded;
    }

    static String encode(Histogram histogram) {
        ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(buffer);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), length));
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }
}

package io.berth.model;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.plan.Plan;
import io.berth.model.plan.PlannedWorkload;
import io.berth.model.plan.Thresholds;
import io.berth.model.plan.Trial;
import io.berth.model.plan.TrialSpec;
import io.berth.model.records.RecordLine;
import io.berth.model.results.Answer;
import io.berth.model.results.Attempt;
import io.berth.model.results.ClaimFact;
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
import io.berth.model.results.SparkTotals;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.StepMeasurement;
import io.berth.model.results.TaskIo;
import io.berth.model.results.TaskMeasurement;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.TrialResult;
import io.berth.model.suite.AccessType;
import io.berth.model.suite.Durability;
import io.berth.model.suite.Kubernetes;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.model.text.BerthVersion;
import io.berth.model.text.FormatVersion;
import io.berth.model.volumes.VolumeLife;
import io.berth.model.volumes.VolumeMoment;
import io.berth.model.volumes.VolumeStep;
import io.berth.model.volumes.VolumeWave;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** One value of everything that is written to a file. */
public final class Samples {
    private Samples() {}

    public static final Trial TRIAL = new Trial("block1-sql-local-disk", Trial.Kind.MEASURE, 1, 1, "sql", "local-disk");

    public static TrialSpec spec() {
        return new TrialSpec(
                FormatVersion.CURRENT,
                TRIAL.id(),
                Trial.Kind.MEASURE,
                "sql",
                "io.berth.workloads.sql.TpchWorkload",
                Map.of("scale", 0.05, "queries", List.of("q1", "q6"), "chunks", 4, "compress", true),
                Map.of(Role.DATA, "file:///data", Role.SCRATCH, "file:///scratch"),
                "file:///runs/output",
                Optional.of("file:///runs/proof"),
                Durability.CLOSED,
                1,
                2,
                120,
                List.of(new ExpectedMount(
                        "/data",
                        Optional.of("nfs4"),
                        Optional.of("filer:/export"),
                        List.of("vers=4.2"),
                        Optional.of("/data"))),
                Map.of("spark.sql.adaptive.enabled", "false"),
                OptionalDouble.of(0.995),
                Optional.of("4.1"));
    }

    public static List<RecordLine> records() {
        return List.of(
                new RecordLine.Started(FormatVersion.CURRENT, TRIAL.id(), "berth-workloads 0.1.0"),
                new RecordLine.EnvironmentSeen(environment()),
                new RecordLine.MountSeen(new MountFact(
                        "driver", "data", "/data", "/data", "nfs4", "filer:/export", List.of("rw", "vers=4.2"))),
                new RecordLine.NonceLeft("executor 1", "executor-1", "5eed"),
                new RecordLine.DataSetReady(new DataSetFact(
                        "tpch-0.05", "file:///data/tpch-0.05", "abc123", 12, 3456, 789, true, 5_000_000)),
                new RecordLine.IterationDone(iteration(0, true)),
                new RecordLine.IterationDone(iteration(1, false)),
                new RecordLine.StageDone(stage()),
                new RecordLine.HistogramTaken(new OperationHistogram(
                        OptionalInt.of(1),
                        Optional.of("q1"),
                        "file",
                        IoCategory.READ,
                        "HISTFAAAAB54nJNpmSzMwMBAxQAAI0wBbg==")),
                new RecordLine.IoDone(io()),
                new RecordLine.Answered(new Answer("q1", 4, "c0ffee", Optional.of("c0ffee"))),
                new RecordLine.Warned("clock", "the clock stepped by 3 s"),
                new RecordLine.LifecycleDone(new Lifecycle(400_000_000, 2_100_000_000, 9_000_000_000L)),
                new RecordLine.Distrusted("the I/O probe's sums don't match its samples"),
                new RecordLine.Failure(true, "No space left on device"));
    }

    public static StageMeasurement stage() {
        return new StageMeasurement(
                1,
                "q1",
                0,
                "9f3a",
                "Scan parquet, HashAggregate, Exchange",
                OptionalInt.of(2),
                3,
                0,
                1_500_000_000,
                new SparkTotals(
                        2_000_000_000,
                        1_200_000_000,
                        30_000_000,
                        40_000_000,
                        1_000_000,
                        20_000_000,
                        1000,
                        10,
                        0,
                        0,
                        0,
                        0,
                        0,
                        200,
                        4,
                        5_000_000,
                        0,
                        0),
                List.of(
                        new TaskMeasurement(
                                0,
                                0,
                                "driver",
                                1_000_000,
                                900_000_000,
                                TaskMeasurement.Outcome.SUCCESS,
                                Optional.of(new TaskIo(
                                        880_000_000,
                                        500_000_000,
                                        OptionalLong.of(30_000_000),
                                        Map.of(IoCategory.READ, new IoCost(12, 300_000_000, 1000))))),
                        new TaskMeasurement(
                                1,
                                0,
                                "driver",
                                2_000_000,
                                500_000_000,
                                TaskMeasurement.Outcome.FAILED,
                                Optional.empty())));
    }

    public static IterationMeasurement iteration(int index, boolean warmup) {
        return new IterationMeasurement(
                index,
                warmup,
                3_000_000_000L,
                warmup ? OptionalLong.empty() : OptionalLong.of(7_000_000),
                List.of(new StepMeasurement(
                        "q1", 2_900_000_000L, OptionalLong.of(1000), Map.of("latencyP99Nanos", 1.5e6))));
    }

    public static IterationIo io() {
        return new IterationIo(
                1,
                List.of(
                        new OutsideCalls(
                                OutsideCalls.Caller.DRIVER,
                                Optional.of("q1"),
                                "file",
                                IoCategory.METADATA,
                                new IoCost(5, 4_000_000, 0)),
                        new OutsideCalls(
                                OutsideCalls.Caller.UNATTRIBUTED,
                                Optional.empty(),
                                "file",
                                IoCategory.READ,
                                new IoCost(2, 1_000_000, 300))),
                new ProbeCost(53.5, 200_000),
                List.of(new Counter("process", "rchar", 1400)));
    }

    public static Environment environment() {
        return new Environment(
                Map.of("spark.version", "4.0.1", "java.version", "17.0.15"), Map.of("spark.master", "local[2]"));
    }

    public static Plan plan() {
        return new Plan(
                FormatVersion.CURRENT,
                Optional.of(new BerthVersion("0.1.0", Optional.of("5eed5eed5e"))),
                "quickstart-00c0ffee",
                "quickstart",
                Optional.empty(),
                42,
                1,
                "local[2]",
                Optional.of(kubernetes()),
                "local-disk",
                List.of(new StorageProfile(
                        "local-disk", "local", "a disk", AccessType.LOCAL, Map.of("directory", "/tmp/berth"))),
                List.of(new PlannedWorkload(
                        "sql",
                        "sql",
                        "io.berth.workloads.sql.TpchWorkload",
                        "queries",
                        Map.of("scale", 0.05),
                        List.of(Role.DATA, Role.SCRATCH),
                        Durability.READ_ONLY,
                        "uncontrolled",
                        1,
                        2,
                        120,
                        15,
                        Map.of("spark.sql.adaptive.enabled", "false"),
                        Optional.of("4.1"))),
                Thresholds.DEFAULT,
                List.of("berth", "run"),
                List.of(new Trial("prepare-sql-local-disk", Trial.Kind.PREPARE, 0, 0, "sql", "local-disk"), TRIAL));
    }

    private static Kubernetes kubernetes() {
        return new Kubernetes(
                "registry.example/berth:1",
                Optional.of("IfNotPresent"),
                List.of("registry"),
                Optional.of("benchmarks"),
                Optional.of("spark"),
                OptionalInt.of(3),
                Optional.of("1"),
                Optional.of("500m"),
                OptionalLong.of(185),
                Map.of("pool", "quiet"),
                List.of(Map.of("key", "dedicated", "operator", "Exists")),
                Optional.of("high"),
                Map.of("team", "storage"),
                OptionalInt.of(120),
                Optional.empty(),
                Optional.empty(),
                Map.of("4.1", "registry.example/berth:1-spark-4.1"));
    }

    public static TrialResult result() {
        return new TrialResult(
                FormatVersion.CURRENT,
                TRIAL,
                List.of(
                        attempt(1, new TrialOutcome.TimedOut(120)),
                        attempt(
                                2,
                                new TrialOutcome.Completed(new Measurements(
                                        List.of(iteration(0, true), iteration(1, false)),
                                        List.of(stage()),
                                        List.of(),
                                        List.of(new Answer("q1", 4, "c0ffee", Optional.of("c0ffee"))),
                                        List.of(io()))))));
    }

    public static Attempt attempt(int number, TrialOutcome outcome) {
        return new Attempt(
                number,
                Instant.parse("2026-01-02T03:04:05Z"),
                12_000_000_000L,
                50_000_000,
                outcome,
                Optional.of(new Lifecycle(400_000_000, 2_100_000_000, 9_000_000_000L)),
                Optional.of(environment()),
                List.of(),
                List.of(),
                List.of(),
                Optional.of("logs/block1-sql-local-disk.log"),
                List.of(new PodLife(
                        "executor 1",
                        "block1-sql-local-disk-0a1b2c3d-exec-1",
                        Optional.of("node1"),
                        Optional.of("a"),
                        OptionalLong.of(4_000_000_000L),
                        OptionalLong.of(4_010_000_000L),
                        OptionalLong.of(4_900_000_000L),
                        OptionalLong.of(5_000_000_000L),
                        OptionalLong.empty(),
                        OptionalLong.of(12_000_000_000L),
                        OptionalLong.of(0),
                        OptionalLong.of(4_500_000_000L),
                        OptionalLong.of(4_950_000_000L),
                        Optional.of("registry.example/berth@sha256:0a1b"),
                        List.of(new ClaimFact(
                                "data",
                                "nightly-00c0ffee-lab-data",
                                "c1",
                                Optional.of("pvc-c1"),
                                Optional.of("v1"),
                                Optional.of("nfs"),
                                Optional.empty())))));
    }

    public static List<VolumeWave> waves() {
        return List.of(new VolumeWave(
                "disks",
                "fast",
                "csi.example",
                2,
                Instant.parse("2026-01-02T03:04:05.678Z"),
                List.of(
                        new VolumeLife(
                                "nightly-c0ffee-disks-2-1",
                                Optional.of("pvc-1"),
                                Optional.of("pvc-3"),
                                Map.of(
                                        VolumeMoment.CLAIMED,
                                        1_000L,
                                        VolumeMoment.PROVISIONED,
                                        80_000_000L,
                                        VolumeMoment.BOUND,
                                        90_000_000L,
                                        VolumeMoment.SNAPSHOT_READY,
                                        900_000_000L)),
                        new VolumeLife(
                                "nightly-c0ffee-disks-2-2",
                                Optional.empty(),
                                Optional.empty(),
                                Map.of(VolumeMoment.CLAIMED, 2_000L))),
                Map.of(VolumeStep.EXPAND, "the class has no allowVolumeExpansion"),
                Map.of(VolumeStep.BIND, "1 of 2 not within 300 s: ProvisioningFailed: full")));
    }
}

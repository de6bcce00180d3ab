package io.berth.workloads;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.plan.Trial;
import io.berth.model.plan.TrialSpec;
import io.berth.model.records.RecordLine;
import io.berth.model.records.RecordReader;
import io.berth.model.suite.Durability;
import io.berth.model.suite.Role;
import io.berth.model.suite.WorkloadDefinition;
import io.berth.model.text.FormatVersion;
import io.berth.model.text.Formats;
import io.berth.model.text.YamlFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Runs a trial in this process, on a directory, as the runner would in a process of its own. */
public final class TrialRun {
    private final Path directory;
    private final String mainClass;
    private final Map<String, Object> parameters = new HashMap<>();
    private final Map<String, String> sparkConf = new TreeMap<>(Map.of(
            "spark.ui.enabled", "false",
            "spark.sql.adaptive.enabled", "false",
            "spark.driver.host", "localhost",
            "spark.driver.bindAddress", "127.0.0.1"));
    private final Map<Role, String> roles = new HashMap<>();
    private Trial.Kind kind = Trial.Kind.MEASURE;
    private Durability durability = Durability.CLOSED;
    private String master = "local[2]";
    private int warmup = 1;
    private int iterations = 1;
    private List<ExpectedMount> mounts = List.of();
    private Optional<String> proofUri = Optional.empty();
    private OptionalDouble completeTaskFraction = OptionalDouble.empty();

    public TrialRun(Path directory, Class<? extends Workload> workload) {
        this(directory, workload.getName());
    }

    public TrialRun(Path directory, String mainClass) {
        this.directory = directory;
        this.mainClass = mainClass;
        roles.put(Role.DATA, directory.resolve("data").toUri().toString());
        roles.put(Role.SCRATCH, directory.resolve("scratch").toUri().toString());
        roles.put(Role.CHECKPOINT, directory.resolve("checkpoint").toUri().toString());
    }

    /** With the defaults of a shipped definition. */
    public static TrialRun of(Path directory, String definition) {
        return of(directory, definition(definition));
    }

    /** With the defaults of a definition. */
    public static TrialRun of(Path directory, WorkloadDefinition workload) {
        TrialRun run = new TrialRun(directory, workload.mainClass());
        workload.parameters().forEach((name, parameter) -> run.parameters.put(name, parameter.value()));
        run.sparkConf.putAll(workload.spark());
        return run;
    }

    public static WorkloadDefinition definition(String name) {
        return YamlFile.read(Path.of("definitions", name + ".yaml")).bind(WorkloadDefinition.class);
    }

    public TrialRun parameter(String name, Object value) {
        parameters.put(name, value);
        return this;
    }

    public TrialRun role(Role role, String uri) {
        roles.put(role, uri);
        return this;
    }

    public TrialRun conf(String key, String value) {
        sparkConf.put(key, value);
        return this;
    }

    public TrialRun kind(Trial.Kind value) {
        kind = value;
        return this;
    }

    public TrialRun durability(Durability value) {
        durability = value;
        return this;
    }

    public TrialRun master(String value) {
        master = value;
        return this;
    }

    public TrialRun iterations(int warmupIterations, int measuredIterations) {
        warmup = warmupIterations;
        iterations = measuredIterations;
        return this;
    }

    public TrialRun expecting(ExpectedMount mount) {
        mounts = List.of(mount);
        return this;
    }

    public TrialRun proof(String uri) {
        proofUri = Optional.of(uri);
        return this;
    }

    public TrialRun completeFrom(double fraction) {
        completeTaskFraction = OptionalDouble.of(fraction);
        return this;
    }

    public TrialSpec spec() {
        return new TrialSpec(
                FormatVersion.CURRENT,
                "trial-1",
                kind,
                "workload",
                mainClass,
                parameters,
                roles,
                roles.get(Role.DATA) + "/out/trial-1",
                proofUri,
                durability,
                warmup,
                iterations,
                60,
                mounts,
                sparkConf,
                completeTaskFraction);
    }

    /** What came of it. */
    public Outcome run() throws IOException {
        Files.createDirectories(directory);
        Path specFile = directory.resolve("spec.json");
        Path records = directory.resolve("records.jsonl");
        Formats.json().writeValue(specFile.toFile(), spec());
        SparkConf conf = new SparkConf(false)
                .setMaster(master)
                .setAppName("trial-1")
                .set("spark.local.dir", directory.resolve("scratch").toString())
                .set("spark.sql.warehouse.dir", directory.resolve("warehouse").toString());
        sparkConf.forEach(conf::set);
        int exitCode = Application.run(
                specFile, records, () -> SparkSession.builder().config(conf).getOrCreate(), 1);
        try (InputStream in = Files.newInputStream(records)) {
            return new Outcome(exitCode, RecordReader.read(in));
        }
    }

    /** Exit code and record of a trial. */
    public record Outcome(int exitCode, RecordReader.Records records) {
        public <T extends RecordLine> List<T> lines(Class<T> type) {
            return records.lines().stream()
                    .filter(type::isInstance)
                    .map(type::cast)
                    .toList();
        }

        public <T extends RecordLine> T only(Class<T> type) {
            List<T> found = lines(type);
            if (found.size() != 1) {
                throw new AssertionError(found.size() + " lines of " + type.getSimpleName() + " in " + records);
            }
            return found.get(0);
        }

        /** The reason of the failure record, if there is one. */
        public Optional<String> failure() {
            return lines(RecordLine.Failure.class).stream()
                    .map(RecordLine.Failure::reason)
                    .findFirst();
        }
    }

    /** Every regular file under a directory, by its relative name. */
    public static List<String> files(Path root) throws IOException {
        if (!Files.exists(root)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}

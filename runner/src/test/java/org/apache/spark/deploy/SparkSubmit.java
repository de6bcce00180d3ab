package org.apache.spark.deploy;

import io.berth.model.plan.Trial;
import io.berth.model.plan.TrialSpec;
import io.berth.model.records.RecordLine;
import io.berth.model.records.RecordWriter;
import io.berth.model.results.Answer;
import io.berth.model.results.Environment;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.Lifecycle;
import io.berth.model.results.StepMeasurement;
import io.berth.model.text.FormatVersion;
import io.berth.model.text.Formats;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A small application that keeps to the protocol, in Spark's place, for tests of the runner: it starts in a fraction of a
 * second and misbehaves on demand. The parameter {@code behaviour} says how.
 */
public final class SparkSubmit {
    private SparkSubmit() {}

    public static void main(String[] args) throws Exception {
        TrialSpec spec = Formats.json().readValue(Path.of(args[args.length - 2]).toFile(), TrialSpec.class);
        String behaviour = spec.kind() == Trial.Kind.PREPARE
                ? (String) spec.parameters().get("preparation")
                : (String) spec.parameters().get("behaviour");
        System.out.println("behaviour " + behaviour);
        Path left = Files.createTempFile("conforming-", "");
        System.out.println("temporary files are in " + left.getParent());
        Path output = Path.of(URI.create(spec.outputUri()));
        Files.createDirectories(output);
        Files.writeString(output.resolve("left-behind"), "x");
        try (OutputStream file = Files.newOutputStream(Path.of(args[args.length - 1]));
                RecordWriter writer = new RecordWriter(file)) {
            run(spec, behaviour, writer);
        }
        System.exit(behaviour.startsWith("fail") ? 1 : 0);
    }

    /** What the application does once it has begun. */
    public static void run(TrialSpec spec, String behaviour, RecordWriter writer)
            throws IOException, InterruptedException {
        String trial = behaviour.equals("other-trial") ? "block9-someone-else" : spec.trial();
        FormatVersion format = behaviour.equals("of-an-older-berth") ? new FormatVersion(1, 1) : FormatVersion.CURRENT;
        writer.write(new RecordLine.Started(format, trial, "conforming 1"));
        writer.write(new RecordLine.EnvironmentSeen(
                new Environment(Map.of("java.version", System.getProperty("java.version")), spec.sparkConf())));
        switch (behaviour) {
            case "die" -> {
                System.out.println("java.lang.IllegalStateException: the cat sat on the keyboard");
                Runtime.getRuntime().halt(17);
            }
            case "killed" ->
                new ProcessBuilder(
                                "kill",
                                "-9",
                                String.valueOf(ProcessHandle.current().pid()))
                        .start()
                        .waitFor();
            case "out-of-memory" -> System.out.println(new long[Integer.MAX_VALUE - 8].length);
            case "hang" -> Thread.sleep(3_600_000);
            case "hang-in-block-2" -> Thread.sleep(spec.trial().startsWith("block2") ? 3_600_000 : 0);
            case "die-of-signals" -> {
                Runtime.getRuntime()
                        .addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(17)));
                Thread.sleep(3_600_000);
            }
            case "slow" -> Thread.sleep(500);
            case "no-end" -> Runtime.getRuntime().halt(0);
            case "fail-storage" -> {
                writer.write(new RecordLine.Failure(true, "No space left on device"));
                writer.end();
                return;
            }
            default -> {
                // Nothing yet.
            }
        }
        if (spec.kind() == Trial.Kind.MEASURE) {
            for (int i = 0; i < spec.warmupIterations() + spec.measuredIterations(); i++) {
                writer.write(new RecordLine.IterationDone(new IterationMeasurement(
                        i,
                        i < spec.warmupIterations(),
                        1_000_000_000L + i,
                        OptionalLong.empty(),
                        List.of(new StepMeasurement("step", 1_000_000_000L, OptionalLong.empty(), Map.of())))));
            }
            String checksum = behaviour.equals("wrong-answer") ? "bad" : "good";
            writer.write(new RecordLine.Answered(new Answer("step", 3, checksum, Optional.of("good"))));
        }
        writer.write(new RecordLine.LifecycleDone(new Lifecycle(1, 2, 3)));
        writer.end();
    }
}

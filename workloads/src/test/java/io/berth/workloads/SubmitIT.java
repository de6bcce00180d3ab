package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.process.Leash;
import io.berth.model.records.RecordLine;
import io.berth.model.records.RecordReader;
import io.berth.model.text.Formats;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application directory as Maven assembled it, started as the runner starts it. */
final class SubmitIT {
    private static final Path APP = Path.of("target", "app").toAbsolutePath();

    /** A start takes 5 s on an idle machine, and a minute on one that builds something else. */
    private static final long PATIENCE_SECONDS = 300;

    @TempDir
    Path directory = Path.of("");

    private Process start(TrialRun trial) throws IOException {
        Path spec = directory.resolve("spec.json");
        Path conf = directory.resolve("spark.conf");
        Formats.json().writeValue(spec.toFile(), trial.spec());
        List<String> lines = new ArrayList<>();
        trial.spec().sparkConf().forEach((key, value) -> lines.add(key + " " + value));
        lines.add("spark.local.dir " + directory.resolve("scratch"));
        Files.write(conf, lines);
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + APP.resolve("jvm.options"),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        APP.resolve("jars") + "/*",
                        Leash.class.getName(),
                        "org.apache.spark.deploy.SparkSubmit",
                        "--master",
                        "local[2]",
                        "--name",
                        "trial-1",
                        "--properties-file",
                        conf.toString(),
                        "--class",
                        Application.class.getName(),
                        APP.resolve("jars").resolve("berth-workloads.jar").toString(),
                        spec.toString(),
                        records().toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
        Map<String, String> environment = builder.environment();
        environment.put("SPARK_SCALA_VERSION", "2.13");
        environment.remove("SPARK_HOME");
        return builder.start();
    }

    private Path records() {
        return directory.resolve("records.jsonl");
    }

    private RecordReader.Records read() throws IOException {
        try (InputStream in = Files.newInputStream(records())) {
            return RecordReader.read(in);
        }
    }

    private TrialRun trial() {
        return TrialRun.of(directory, "throughput")
                .parameter("files", 2)
                .parameter("fileMiB", 1)
                .iterations(0, 1);
    }

    @Test
    void aTrialSubmittedAsTheRunnerDoesEndsWithASealedRecord() throws Exception {
        Process process = start(trial());
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(directory.resolve("log")))
                .isZero();
        RecordReader.Records records = read();
        assertThat(records.defect()).isEmpty();
        assertThat(records.lines()).hasAtLeastOneElementOfType(RecordLine.IterationDone.class);
        assertThat(Files.readAllLines(directory.resolve("log")))
                .allMatch(line -> line.equals("WARNING: Using incubator modules: jdk.incubator.vector"));
    }

    @Test
    void anApplicationThatIsTerminatedStillSealsItsRecord() throws Exception {
        Process process = start(trial().parameter("files", 2000).iterations(0, 1000));
        waitForLine("\"type\":\"environment\"");
        // Not process.destroy(), which closes the leash, too.
        process.toHandle().destroy();
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isNotZero();
        RecordReader.Records records = read();
        assertThat(records.defect()).isEmpty();
        assertThat(records.lines()).hasAtLeastOneElementOfType(RecordLine.Failure.class);
    }

    @Test
    void anApplicationDiesWithTheProcessThatHoldsItsLeash() throws Exception {
        Process process = start(trial().parameter("files", 2000).iterations(0, 1000));
        waitForLine("\"type\":\"started\"");
        process.getOutputStream().close();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(Leash.PARENT_GONE);
        assertThat(read().defect()).isPresent();
    }

    private void waitForLine(String part) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.exists(records()) || !Files.readString(records()).contains(part)) {
            assertThat(System.nanoTime()).as(part + " never came").isLessThan(deadline);
            Thread.sleep(50);
        }
    }
}

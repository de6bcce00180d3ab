package io.berth.workloads.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.records.RecordLine;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.StepMeasurement;
import io.berth.model.suite.Role;
import io.berth.workloads.TrialRun;
import io.berth.workloads.TrialRun.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ThroughputIT {
    @TempDir
    Path directory = Path.of("");

    private TrialRun trial() {
        return TrialRun.of(directory, "throughput")
                .parameter("files", 3)
                .parameter("fileMiB", 2)
                .parameter("randomReads", 8)
                .iterations(0, 1);
    }

    @Test
    void everyAccessIsAStepWithItsRates() throws IOException {
        Outcome outcome = trial().run();
        assertThat(outcome.failure()).isEmpty();
        IterationMeasurement iteration =
                outcome.only(RecordLine.IterationDone.class).iteration();
        assertThat(iteration.steps()).extracting(StepMeasurement::name).containsExactly("write", "read", "random-read");
        assertThat(iteration.drainNanos()).isPresent();
        StepMeasurement write = iteration.steps().get(0);
        assertThat(write.bytes()).hasValue(6L << 20);
        assertThat(write.details())
                .containsOnlyKeys(
                        "wallBytesPerSecond",
                        "taskBytesPerSecond",
                        "slowestTaskBytesPerSecond",
                        "fastestTaskBytesPerSecond",
                        "taskIoNanos",
                        "firstDoneNanos",
                        "lastDoneNanos");
        assertThat(write.details().get("wallBytesPerSecond"))
                .isGreaterThanOrEqualTo((double) (6L << 20) / (write.elapsedNanos() / 1e9));
        assertThat(write.details().get("firstDoneNanos"))
                .isPositive()
                .isLessThanOrEqualTo(write.details().get("lastDoneNanos"));
        assertThat(iteration.steps().get(2).bytes()).hasValue((3L * 8 * 64) << 10);
        assertThat(iteration.steps().get(2).details())
                .containsKeys("wallReadsPerSecond", "latencyP50Nanos", "latencyP99Nanos", "latencyMaxNanos");
        assertThat(outcome.lines(RecordLine.Answered.class))
                .hasSize(3)
                .allMatch(line -> line.answer().matches() && line.answer().rows() == 3);
        assertThat(outcome.lines(RecordLine.StageDone.class))
                .extracting(RecordLine.StageDone::stage)
                .extracting(StageMeasurement::step)
                .containsExactly("write", "read", "random-read");
        assertThat(TrialRun.files(directory.resolve("data"))).isEmpty();
    }

    /** A storage that gives back other bytes than it was given. */
    public static final class Lying extends RawLocalFileSystem {
        @Override
        public String getScheme() {
            return "lying";
        }

        @Override
        public java.net.URI getUri() {
            return java.net.URI.create("lying:///");
        }

        @Override
        public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize) throws IOException {
            try (RandomAccessFile file = new RandomAccessFile(pathToFile(path), "rw")) {
                file.seek(1 << 20);
                file.write('?');
            }
            return super.open(path, bufferSize);
        }
    }

    @Test
    void aStorageThatChangesAByteGivesAWrongAnswer() throws IOException {
        Outcome outcome = trial().conf("spark.hadoop.fs.lying.impl", Lying.class.getName())
                .role(Role.DATA, "lying:" + directory.resolve("data"))
                .run();
        assertThat(outcome.failure()).isEmpty();
        assertThat(outcome.only(RecordLine.IterationDone.class).iteration().drainNanos())
                .isEmpty();
        assertThat(outcome.lines(RecordLine.Answered.class))
                .filteredOn(line -> line.answer().step().equals("read"))
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.answer().matches()).isFalse();
                    assertThat(line.answer().checksum()).endsWith("with 3 wrong words");
                });
    }

    @Test
    void aStorageThatCanNotBeWrittenIsNamed() throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("data"), "a file where the directory should be");
        Outcome outcome = trial().run();
        assertThat(outcome.exitCode()).isEqualTo(1);
        RecordLine.Failure failure = outcome.only(RecordLine.Failure.class);
        assertThat(failure.infrastructure()).isTrue();
        assertThat(failure.reason()).contains(directory.resolve("data") + " of role data can't be written");
    }

    @Test
    void piecesLargerThanAFileAreRefused() throws IOException {
        assertThat(trial().parameter("randomReadKiB", 4096).run().failure())
                .hasValueSatisfying(reason ->
                        assertThat(reason).contains("\"randomReadKiB\" is 4096").contains("\"fileMiB\""));
    }
}

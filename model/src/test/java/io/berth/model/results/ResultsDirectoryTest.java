package io.berth.model.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.Samples;
import io.berth.model.plan.Plan;
import io.berth.model.text.BadInput;
import io.berth.model.text.Formats;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsDirectoryTest {
    @TempDir
    private Path temp;

    @Test
    void whatIsSealedIsReadBack() throws IOException {
        ResultsDirectory.create(temp.resolve("r"), Samples.plan()).seal(Samples.result());

        Results results = ResultsDirectory.open(temp.resolve("r")).results();

        assertThat(results.plan()).isEqualTo(Samples.plan());
        assertThat(results.trials()).containsExactly(Samples.result());
    }

    @Test
    void livesOfVolumesAreReadBackAsTheyWereSealedLast() throws IOException {
        ResultsDirectory directory =
                ResultsDirectory.create(temp.resolve("r"), Samples.plan().withoutTrials());
        assertThat(directory.results().waves()).isEmpty();

        directory.seal(List.of());
        directory.seal(Samples.waves());

        Results results = ResultsDirectory.open(temp.resolve("r")).results();
        assertThat(results.waves()).isEqualTo(Samples.waves());
        assertThat(results.plan().run()).isEqualTo(Samples.plan().run());
        assertThat(results.plan().cells()).isEmpty();
    }

    @Test
    void aLargeTrialIsCompressed() throws IOException {
        ResultsDirectory directory = ResultsDirectory.create(temp.resolve("r"), Samples.plan());
        TrialResult large = new TrialResult(
                Samples.result().format(),
                Samples.TRIAL,
                List.of(Samples.attempt(
                        1,
                        new TrialOutcome.Completed(new Measurements(
                                List.of(), Collections.nCopies(2000, Samples.stage()), List.of(), List.of())))));

        directory.seal(large);

        assertThat(temp.resolve("r/trials/block1-sql-local-disk.json.gz")).isRegularFile();
        assertThat(temp.resolve("r/trials/block1-sql-local-disk.json")).doesNotExist();
        assertThat(directory.trial(Samples.TRIAL)).isEqualTo(Optional.of(large));
    }

    @Test
    void sealingAgainReplacesTheFile() throws IOException {
        ResultsDirectory directory = ResultsDirectory.create(temp.resolve("r"), Samples.plan());
        directory.seal(new TrialResult(
                Samples.result().format(), Samples.TRIAL, List.of(Samples.attempt(1, new TrialOutcome.TimedOut(1)))));

        directory.seal(Samples.result());

        assertThat(directory.results().trials()).containsExactly(Samples.result());
        try (Stream<Path> files = Files.list(temp.resolve("r/trials"))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void theLastCompletedAttemptDecides() {
        Attempt completed = Samples.result().attempts().get(1);
        Attempt failed = Samples.attempt(3, new TrialOutcome.Failed(TrialOutcome.Cause.APPLICATION, "boom"));

        assertThat(Samples.result().decisive()).isEqualTo(completed);
        assertThat(new TrialResult(Samples.result().format(), Samples.TRIAL, List.of(completed, failed)).decisive())
                .isEqualTo(completed);
        assertThat(new TrialResult(Samples.result().format(), Samples.TRIAL, List.of(failed)).decisive())
                .isEqualTo(failed);
    }

    @Test
    void aDirectoryOfAnotherSuiteIsRefused() throws IOException {
        ResultsDirectory.create(temp.resolve("r"), Samples.plan());
        Plan plan = Samples.plan();
        Plan other = new Plan(
                plan.format(),
                plan.berth(),
                plan.run(),
                "nightly",
                plan.description(),
                plan.seed(),
                plan.blocks(),
                plan.master(),
                plan.kubernetes(),
                plan.baseline(),
                plan.profiles(),
                plan.workloads(),
                plan.thresholds(),
                plan.command(),
                plan.trials());

        assertThatThrownBy(() -> ResultsDirectory.create(temp.resolve("r"), other))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("another suite's run, \"quickstart\"")
                .hasMessageContaining("choose another --out");
    }

    @Test
    void aDirectoryWithSomethingElseInItIsRefused() throws IOException {
        Files.writeString(temp.resolve("thesis.txt"), "three years of work");

        assertThatThrownBy(() -> ResultsDirectory.create(temp, Samples.plan()))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("is not empty and holds no results");
        assertThat(temp.resolve("thesis.txt")).hasContent("three years of work");
    }

    @Test
    void aRunThatWasKilledAtItsVeryStartIsNotInTheWay() throws IOException {
        Files.writeString(temp.resolve(".plan.json.part"), "{\"format\"");

        ResultsDirectory.create(temp, Samples.plan()).seal(Samples.result());

        assertThat(ResultsDirectory.open(temp).results().trials()).containsExactly(Samples.result());
    }

    @Test
    void aRunThatWasKilledRightAfterItsPlanCanBeResumed() throws IOException {
        ResultsDirectory.create(temp.resolve("r"), Samples.plan());
        Files.delete(temp.resolve("r/trials"));
        Files.delete(temp.resolve("r/logs"));

        ResultsDirectory directory = ResultsDirectory.open(temp.resolve("r"));
        directory.lock().close();
        directory.seal(Samples.result());

        assertThat(directory.results().trials()).containsExactly(Samples.result());
    }

    @Test
    void aRunThatCouldNotBeginIsNotInTheWay() throws IOException {
        ResultsDirectory directory = ResultsDirectory.create(temp.resolve("r"), Samples.plan());
        directory.lock().close();

        directory.discardIfUnused();

        assertThat(temp.resolve("r")).doesNotExist();
        Path there = Files.createDirectory(temp.resolve("there"));
        ResultsDirectory.create(there, Samples.plan()).discardIfUnused();
        assertThat(there).isEmptyDirectory();
    }

    @Test
    void aRunThatHasLeftAnythingStays() throws IOException {
        for (String left : List.of("logs/hdfs.log", "trials/x.json", "report.html")) {
            Path path = temp.resolve(left.replace('/', '-'));
            ResultsDirectory directory = ResultsDirectory.create(path, Samples.plan());
            Files.writeString(path.resolve(left), "x");

            directory.discardIfUnused();

            assertThat(path.resolve(left)).hasContent("x");
            assertThat(ResultsDirectory.open(path).plan()).isEqualTo(Samples.plan());
        }
    }

    @Test
    void aDirectoryWithoutAPlanIsNotOne() {
        assertThatThrownBy(() -> ResultsDirectory.open(temp))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("is not a results directory of berth: it has no plan.json");
    }

    @Test
    void aTruncatedTrialIsNamedAndTheOthersStay() throws IOException {
        ResultsDirectory directory = ResultsDirectory.create(temp.resolve("r"), Samples.plan());
        directory.seal(Samples.result());
        Path file = temp.resolve("r/trials/block1-sql-local-disk.json");
        String whole = Files.readString(file);
        Files.writeString(file, whole.substring(0, whole.length() / 2));

        assertThatThrownBy(directory::results)
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("is damaged");
    }

    @Test
    void aTruncatedPlanIsNamed() throws IOException {
        ResultsDirectory.create(temp.resolve("r"), Samples.plan());
        Files.writeString(temp.resolve("r/plan.json"), "{\"format\":\"1.0\",");

        assertThatThrownBy(() -> ResultsDirectory.open(temp.resolve("r")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("plan.json is damaged")
                .hasMessageNotContaining("run its trial again");
    }

    @Test
    void aTruncatedCompressedTrialIsNamed() throws IOException {
        ResultsDirectory directory = ResultsDirectory.create(temp.resolve("r"), Samples.plan());
        Path file = temp.resolve("r/trials/block1-sql-local-disk.json.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(Formats.json().writeValueAsBytes(Samples.result()));
        }
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));

        assertThatThrownBy(directory::results)
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(file + " is damaged (Unexpected end of ZLIB input stream)")
                .hasMessageContaining("move it away to run its trial again");
    }

    @Test
    void aNewerMajorVersionIsRefused() throws IOException {
        ResultsDirectory.create(temp.resolve("r"), Samples.plan());
        Path plan = temp.resolve("r/plan.json");
        Files.writeString(plan, Files.readString(plan).replaceFirst("\"format\" : \"1.\\d+\"", "\"format\" : \"2.0\""));

        assertThatThrownBy(() -> ResultsDirectory.open(temp.resolve("r")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("has format version 2.0, but this berth reads 1.x");
    }

    @Test
    void aSecondRunnerIsRefusedWhileTheFirstHoldsTheLock() throws IOException {
        ResultsDirectory directory = ResultsDirectory.create(temp.resolve("r"), Samples.plan());

        try (ResultsDirectory.Lock lock = directory.lock()) {
            assertThat(lock).isNotNull();
            assertThatThrownBy(() -> ResultsDirectory.open(temp.resolve("r")).lock())
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("is in use by another runner (process "
                            + ProcessHandle.current().pid() + ")");
        }
        ResultsDirectory.open(temp.resolve("r")).lock().close();
    }
}

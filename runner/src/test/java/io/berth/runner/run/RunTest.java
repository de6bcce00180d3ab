package io.berth.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.runner.Installation;
import io.berth.runner.Installation.Ending;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole runner with real child processes; only Spark is missing from them. */
class RunTest {
    @TempDir
    private Path temp;

    private Installation installation;
    private Path results;

    @BeforeEach
    void install() throws IOException {
        installation = Installation.in(temp.resolve("home"));
        results = temp.resolve("results");
    }

    @Test
    void aGoodRunSealsEveryTrialAndExitsWithZero() throws IOException {
        Ending ending = installation.berth("run", "--out", results);

        assertThat(ending.exitCode()).as(ending.err()).isZero();
        assertThat(names(results.resolve("trials")))
                .containsExactlyInAnyOrder(
                        "prepare-conforming-local-disk.json", "prepare-conforming-other.json",
                        "block1-conforming-local-disk.json", "block1-conforming-other.json",
                        "block2-conforming-local-disk.json", "block2-conforming-other.json");
        assertThat(results.resolve("plan.json")).isRegularFile();
        assertThat(results.resolve("report.html")).isRegularFile();
        for (JsonNode cell : cells()) {
            assertThat(cell.path("outcome").textValue()).isEqualTo("completed");
            assertThat(cell.path("n").intValue()).isEqualTo(2);
            assertThat(cell.path("samples")).hasSize(4);
            assertThat(cell.path("median").doubleValue())
                    .isCloseTo(1.0000000015, org.assertj.core.data.Offset.offset(1e-12));
        }
        assertThat(ending.err()).contains("[6/6]", "left");
    }

    @Test
    void whatTrialsWriteIsRemovedAndDataDirectoriesStay() throws IOException {
        installation.berth("run", "--out", results);

        try (Stream<Path> left = Files.walk(temp.resolve("home/storage"))) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
        assertThat(temp.resolve("home/storage/local-disk/runs")).doesNotExist();
    }

    @Test
    void gcRemovesWhatAKilledRunLeftAndNothingElse() throws IOException {
        installation.berth("run", "--profile", "local-disk", "--out", results);
        String run = new com.fasterxml.jackson.databind.ObjectMapper()
                .readTree(results.resolve("plan.json").toFile())
                .path("run")
                .textValue();
        Path runs = temp.resolve("home/storage/local-disk/runs");
        Path left = Files.createDirectories(runs.resolve(run).resolve("block1-conforming-local-disk"));
        Path others = Files.createDirectories(runs.resolve("other-run"));

        Ending ending = installation.berth("gc", results);

        assertThat(ending.exitCode()).as(ending.err()).isZero();
        assertThat(left).doesNotExist();
        assertThat(others).exists();
        assertThat(results.resolve("plan.json")).exists();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    wrong-answer  | unverified | wrong answer of step step: 3 rows with checksum bad (expected: good)
                    die           | failed     | application: the driver died with exit code 17; its log says: java.lang.IllegalStateException: the cat sat on the keyboard
                    killed        | failed     | infrastructure: the driver was killed by signal 9 from outside of berth; was the machine out of memory?
                    out-of-memory | failed     | application: the driver ran out of memory
                    no-end        | failed     | application: the driver ended, but its record is not whole: the end record is missing after 2 lines
                    other-trial   | failed     | application: its records are not those of trial
                    of-an-older-berth | failed | application: the application is of an older berth: it speaks format 1.1, and this runner
                    fail-storage  | failed     | infrastructure: No space left on device
                    hang          | timed-out  | stopped at its time limit of 5 s
                    """)
    void aTrialThatMisbehavesIsARowWithItsReason(String behaviour, String outcome, String reason) throws IOException {
        Path suite = installation.write("suites/bad.yaml", """
                name: bad
                profiles: [local-disk]
                blocks: 1
                workloads:
                  - name: conforming
                  - name: conforming
                    as: misbehaving
                    timeLimit: %d
                    parameters: {behaviour: %s}
                """.formatted(behaviour.equals("hang") ? 5 : 60, behaviour));

        Ending ending = installation.berth("run", suite, "--out", results);

        assertThat(ending.exitCode()).as(ending.err()).isEqualTo(4);
        JsonNode bad = cell("misbehaving");
        assertThat(bad.path("outcome").textValue()).isEqualTo(outcome);
        assertThat(bad.path("reason").textValue()).contains(reason);
        assertThat(bad.path("samples")).isEmpty();
        assertThat(bad.path("median").isNumber()).isFalse();
        assertThat(cell("conforming").path("outcome").textValue()).isEqualTo("completed");
        assertThat(Files.readString(results.resolve("report.html"))).contains("outcome outcome-" + outcome, reason);
        assertThat(ending.err()).contains(reason);
    }

    @Test
    void aFailedPreparationFailsItsCellsWithoutStartingThem() throws IOException {
        Path suite = installation.write(
                "suites/bad.yaml",
                Installation.suite("good").replace("{behaviour: good}", "{preparation: fail-storage}"));

        Ending ending = installation.berth("run", suite, "--profile", "other", "--out", results);

        assertThat(ending.exitCode()).isEqualTo(4);
        assertThat(cell("conforming").path("reason").textValue())
                .startsWith("block 1: infrastructure: its data could not be prepared: No space left on device");
        assertThat(results.resolve("logs/block1-conforming-other.log")).doesNotExist();
        for (JsonNode trial : installation.report(results).path("trials")) {
            assertThat(trial.path("log").isNull())
                    .as(trial.toString())
                    .isEqualTo(trial.path("kind").textValue().equals("measure"));
        }
    }

    @Test
    void aMountThatIsNotWhatItSaysFailsItsTrialsAndOthersGoOn() throws IOException {
        Ending ending = installation.berth("run", "--profile", "local-disk", "--profile", filer(), "--out", results);

        assertThat(ending.exitCode()).as(ending.err()).isEqualTo(4);
        for (JsonNode cell : cells()) {
            boolean mounted = cell.path("profile").textValue().equals("local-disk");
            assertThat(cell.path("outcome").textValue()).isEqualTo(mounted ? "completed" : "failed");
            assertThat(cell.path("reason").asText())
                    .contains(mounted ? "" : "infrastructure: profile \"filer\": " + temp + " is ");
        }
        assertThat(results.resolve("logs/block1-conforming-filer.log")).doesNotExist();
    }

    @Test
    void aMountThatIsNotWhatItSaysStopsTheRunIfThereIsNothingElseToMeasure() throws IOException {
        Ending ending = installation.berth("run", "--profile", filer(), "--out", results);

        assertThat(ending.exitCode()).isEqualTo(3);
        assertThat(ending.err())
                .contains(
                        "profile \"filer\": " + temp + " is ",
                        "but should be nfs4 from filer:/export",
                        "Nothing was measured.");
        assertThat(results).as("the same command may be given again").doesNotExist();
    }

    private Path filer() throws IOException {
        return installation.write("filer.yaml", """
                name: filer
                backend: mount
                description: a filer that isn't mounted
                accessType: nas
                settings: {path: %s, fsType: nfs4, source: "filer:/export"}
                """.formatted(temp));
    }

    @Test
    void resultsOfAnotherSuiteAreNotTouched() throws IOException {
        installation.berth("run", "--out", results, "--blocks", 1);
        Path suite = installation.write(
                "suites/nightly.yaml", Installation.suite("good").replace("name: quickstart", "name: nightly"));
        String before = Files.readString(results.resolve("plan.json"));

        Ending ending = installation.berth("run", suite, "--out", results);

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err()).contains("another suite's run, \"quickstart\"");
        assertThat(results.resolve("plan.json")).hasContent(before);
    }

    @Test
    void aDamagedTrialIsNamedByReport() throws IOException {
        installation.berth("run", "--out", results, "--blocks", 1);
        Path trial = results.resolve("trials/block1-conforming-other.json");
        Files.writeString(trial, Files.readString(trial).substring(0, 200));

        Ending ending = installation.berth("report", results);

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err()).contains(trial + " is damaged");
    }

    @Test
    void theSamePlanIsRunAgainFromItsSeed() throws IOException {
        installation.berth("run", "--out", results, "--seed", 7, "--blocks", 5);
        installation.berth("run", "--out", temp.resolve("again"), "--seed", 7, "--blocks", 5);

        JsonNode first = io.berth.model.text.Formats.json()
                .readTree(results.resolve("plan.json").toFile());
        JsonNode second = io.berth.model.text.Formats.json()
                .readTree(temp.resolve("again/plan.json").toFile());
        assertThat(second.path("trials")).isEqualTo(first.path("trials"));
        assertThat(second.path("run")).isNotEqualTo(first.path("run"));
    }

    private Iterable<JsonNode> cells() throws IOException {
        return installation.report(results).path("cells");
    }

    private JsonNode cell(String workload) throws IOException {
        for (JsonNode cell : cells()) {
            if (cell.path("workload").textValue().equals(workload)) {
                return cell;
            }
        }
        throw new AssertionError("no cell of " + workload);
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}

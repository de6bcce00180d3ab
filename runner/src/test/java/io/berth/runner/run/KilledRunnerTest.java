package io.berth.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.plan.Trial;
import io.berth.model.results.Results;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.TrialOutcome;
import io.berth.runner.Installation;
import io.berth.runner.Installation.Ending;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kills the runner, as a process of its own, and looks at what is left of it. */
class KilledRunnerTest {
    private static final int RANDOM_KILLS = 17;
    /** Long enough for a runner to start and to get through some trials. */
    private static final int LATEST_KILL_MILLIS = 2500;

    private static final Duration CHILDREN_DIE_WITHIN = Duration.ofSeconds(10);

    @TempDir
    private Path temp;

    private Installation installation;
    private Path results;
    private String situation = "";

    @BeforeEach
    void install() throws IOException {
        installation = Installation.in(temp.resolve("home"));
        results = temp.resolve("results");
    }

    @ParameterizedTest
    @FieldSource("io.berth.runner.run.HaltingRunner#POINTS")
    void killedAtANamedPointItIsResumed(String point) throws Exception {
        installation.write("suites/quickstart.yaml", Installation.suite("slow"));
        Process runner = start(HaltingRunner.class.getName(), temp.resolve("home"), results, point);

        assertThat(runner.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(runner.exitValue()).isEqualTo(137);
        assertNoChildSurvives();
        int sealed = ResultsDirectory.open(results).results().trials().size();
        assertThat(sealed).isEqualTo(point.equals("after-seal") ? 3 : 2);
        assertResumedToTheEnd();
    }

    @Test
    void killedAtRandomMomentsItIsResumed() throws Exception {
        installation.write("suites/quickstart.yaml", Installation.suite("good"));
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int kills = 0;
        while (kills < RANDOM_KILLS) {
            situation = "seed %d, after %d kills".formatted(seed, kills);
            // A runner that was killed right at its start leaves nothing to resume.
            boolean begun = Files.exists(results.resolve("plan.json"));
            Process runner = begun
                    ? start("io.berth.runner.cli.Berth", "resume", results)
                    : start("io.berth.runner.cli.Berth", "run", "--out", results);
            if (killedAfter(runner, random.nextInt(LATEST_KILL_MILLIS))) {
                kills++;
                assertNoChildSurvives();
            } else {
                // It was done before; the next one has everything to do.
                assertThat(runner.exitValue()).as(situation).isZero();
                assertResumedToTheEnd();
                results = temp.resolve("results-" + kills + "-" + random.nextInt(Integer.MAX_VALUE));
            }
        }

        if (!Files.exists(results.resolve("plan.json"))) {
            assertThat(installation.berth("run", "--out", results).exitCode())
                    .as(situation)
                    .isZero();
        }
        assertResumedToTheEnd();
    }

    @Test
    void aSecondRunnerIsRefusedWhileTheFirstRuns() throws Exception {
        installation.write("suites/quickstart.yaml", Installation.suite("slow"));
        Process runner = start("io.berth.runner.cli.Berth", "run", "--out", results);
        try {
            awaitFile(results.resolve("trials/prepare-conforming-local-disk.json"));

            Ending second = installation.berth("resume", results);

            assertThat(second.exitCode()).isEqualTo(2);
            assertThat(second.err()).contains("is in use by another runner (process " + runner.pid() + ")");
        } finally {
            runner.destroyForcibly().waitFor();
            // It still writes to the temporary directory.
            assertNoChildSurvives();
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 1", "TERM, 1", "TERM, 2", "HUP, 1"})
    void interruptedItLeavesAPartialReportAndNoChild(String signal, int times) throws Exception {
        installation.write("suites/quickstart.yaml", Installation.suite("hang"));
        Process runner = start("io.berth.runner.cli.Berth", "run", "--out", results);
        awaitFile(results.resolve("trials/prepare-conforming-other.json"));
        awaitChild();

        for (int i = 0; i < times; i++) {
            kill(signal, String.valueOf(runner.pid()));
        }

        assertThat(runner.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(runner.exitValue()).isEqualTo(130);
        assertNoChildSurvives();
        assertThat(ResultsDirectory.open(results).results().trials()).hasSize(2);
        assertThat(results.resolve("report.html")).exists();
        assertNothingIsLeft();
    }

    /** As Ctrl-C on a terminal and a terminal that closes do; the application may be dead before the runner hears of it. */
    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void interruptedWithItsChildrenItSealsNoFailureOfTheirs(String signal) throws Exception {
        installation.write("suites/quickstart.yaml", Installation.suite("die-of-signals"));
        Process runner = start(List.of("setsid"), "io.berth.runner.cli.Berth", "run", "--out", results);
        awaitFile(results.resolve("trials/prepare-conforming-other.json"));
        awaitChild();

        kill(signal, "--", "-" + runner.pid());

        assertThat(runner.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(runner.exitValue()).isEqualTo(130);
        assertNoChildSurvives();
        assertThat(ResultsDirectory.open(results).results().trials()).hasSize(2);
        assertThat(results.resolve("report.html")).exists();
        assertNothingIsLeft();
    }

    private static void kill(String signal, String... whom) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
        command.addAll(List.of(whom));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    @Test
    void theReportIsThereWhileTheSecondBlockRuns() throws Exception {
        installation.write("suites/quickstart.yaml", Installation.suite("hang-in-block-2"));
        Process runner = start("io.berth.runner.cli.Berth", "run", "--out", results);
        try {
            awaitFile(results.resolve("report.html"));
            awaitChild();

            assertThat(results.resolve("report.html")).content().contains("block1-conforming-other");
            assertThat(ResultsDirectory.open(results).results().trials()).hasSize(4);
        } finally {
            runner.destroyForcibly().waitFor();
            assertNoChildSurvives();
        }
    }

    @Test
    void interruptedTwiceItStopsAtOnceHoweverLongACleanStopTakes() throws Exception {
        Process runner = start("io.berth.runner.cli.StubbornRunner", temp.resolve("home"), results);
        awaitFile(results.resolve("started"));
        kill("INT", String.valueOf(runner.pid()));
        awaitText(temp.resolve("runner.log"), "press Ctrl-C again");
        assertThat(runner.waitFor(1, TimeUnit.SECONDS))
                .as("its trial can't be stopped, so that the first signal alone ends nothing")
                .isFalse();

        kill("INT", String.valueOf(runner.pid()));

        assertThat(runner.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(runner.exitValue()).isEqualTo(130);
        assertThat(results.resolve("report.html")).doesNotExist();
    }

    @Test
    void onlyWhatFailedIsRunAgain() throws IOException {
        Path suite = installation.write(
                "suites/quickstart.yaml", Installation.suite("die").replace("blocks: 2", "blocks: 1"));
        assertThat(installation.berth("run", suite, "--out", results).exitCode())
                .isEqualTo(4);
        // The cure: the same trial with another parameter, as if the storage had been repaired.
        Path plan = results.resolve("plan.json");
        Files.writeString(plan, Files.readString(plan).replace("\"die\"", "\"good\""));

        Ending ending = installation.berth("resume", results);

        assertThat(ending.exitCode()).as(ending.err()).isZero();
        Results after = ResultsDirectory.open(results).results();
        assertThat(after.trials())
                .filteredOn(result -> result.trial().kind() == Trial.Kind.MEASURE)
                .allSatisfy(result -> {
                    assertThat(result.attempts()).hasSize(2);
                    assertThat(result.attempts().get(0).outcome()).isInstanceOf(TrialOutcome.Failed.class);
                    assertThat(result.attempts().get(1).log().orElseThrow()).endsWith(".attempt2.log");
                });
        assertThat(installation.berth("resume", results).err()).startsWith("0 trials");
    }

    private void assertResumedToTheEnd() throws IOException {
        Ending ending = installation.berth("resume", results);

        assertThat(ending.exitCode()).as("%s: %s", situation, ending.err()).isZero();
        Results all = ResultsDirectory.open(results).results();
        assertThat(all.trials())
                .as(situation)
                .extracting(result -> result.trial().id())
                .containsExactlyElementsOf(
                        all.plan().trials().stream().map(Trial::id).toList());
        assertThat(all.trials()).as(situation).allSatisfy(result -> assertThat(result.attempts().stream()
                        .filter(attempt -> attempt.outcome() instanceof TrialOutcome.Completed)
                        .count())
                .isEqualTo(
                        result.trial().kind() == Trial.Kind.MEASURE
                                ? 1
                                : result.attempts().size()));
        for (JsonNode cell : installation.report(results).path("cells")) {
            assertThat(cell.path("outcome").textValue()).as(situation).isEqualTo("completed");
        }
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() throws IOException {
        try (Stream<Path> left = Files.walk(temp.resolve("home/storage"))) {
            assertThat(left.filter(Files::isRegularFile)).as(situation).isEmpty();
        }
    }

    private Process start(Object... args) throws IOException {
        return start(List.of(), args);
    }

    private Process start(List<String> by, Object... args) throws IOException {
        List<String> command = new ArrayList<>(by);
        // Who starts the tests may ignore some, as nohup and the shell's & do, and a JVM goes on ignoring them.
        command.addAll(List.of("env", "--default-signal=INT,HUP,TERM"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dberth.home=" + temp.resolve("home"),
                "-cp",
                System.getProperty("java.class.path")));
        Stream.of(args).map(String::valueOf).forEach(command::add);
        File log = temp.resolve("runner.log").toFile();
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .start();
    }

    /** Whether it was still running when it was killed. */
    private static boolean killedAfter(Process runner, int millis) throws InterruptedException {
        runner.waitFor(millis, TimeUnit.MILLISECONDS);
        return runner.destroyForcibly().waitFor() == 128 + 9;
    }

    /** Every application has this test's temporary directory in its arguments. */
    private Stream<ProcessHandle> children() {
        return ProcessHandle.allProcesses().filter(process -> process.info()
                .commandLine()
                .filter(line -> line.contains("io.berth.model.process.Leash") && line.contains(temp.toString()))
                .isPresent());
    }

    private void assertNoChildSurvives() throws InterruptedException {
        long deadline = System.nanoTime() + CHILDREN_DIE_WITHIN.toNanos();
        while (children().findAny().isPresent() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(children().map(ProcessHandle::pid)).as(situation).isEmpty();
    }

    private void awaitChild() throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (children().findAny().isEmpty() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(children()).isNotEmpty();
    }

    private static void awaitText(Path file, String text) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!Files.readString(file).contains(text) && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(file).content().contains(text);
    }

    private static void awaitFile(Path file) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!Files.exists(file) && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(file).exists();
    }
}

package io.berth.reports;

import static io.berth.reports.ResultsFixture.DISK;
import static io.berth.reports.ResultsFixture.IO;
import static io.berth.reports.ResultsFixture.MEMORY;
import static io.berth.reports.ResultsFixture.NFS;
import static io.berth.reports.ResultsFixture.SQL;
import static io.berth.reports.ResultsFixture.id;
import static io.berth.reports.ResultsFixture.results;
import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.results.DataSetFact;
import io.berth.model.results.TaskMeasurement;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.Warning;
import io.berth.model.suite.Role;
import io.berth.reports.cells.Comparison;
import io.berth.reports.cells.WarningKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WarningsTest {
    private static List<Warning> warnings(ResultsFixture fixture, String workload, String profile) {
        return Comparison.of(fixture.build()).cell(workload, profile).warnings();
    }

    private static List<String> codes(ResultsFixture fixture, String workload, String profile) {
        return warnings(fixture, workload, profile).stream().map(Warning::code).toList();
    }

    private static String message(ResultsFixture fixture, String workload, String profile, WarningKind kind) {
        return warnings(fixture, workload, profile).stream()
                .filter(it -> it.code().equals(kind.code()))
                .findFirst()
                .orElseThrow()
                .message();
    }

    @Test
    void ordinaryRunWarnsOfThePageCacheAndOfFewForksOnly() {
        assertThat(codes(results(), SQL, DISK)).containsExactly("page-cache", "few-forks");
    }

    @Test
    void sixBlocksAreEnoughForks() {
        assertThat(codes(results().blocks(6), SQL, DISK)).doesNotContain("few-forks");
    }

    @Test
    void pageCacheWarningOfAWorkloadThatWritesSaysSo() {
        assertThat(message(results(), IO, DISK, WarningKind.PAGE_CACHE)).contains("writes may not have reached");
        assertThat(message(results(), SQL, DISK, WarningKind.PAGE_CACHE))
                .doesNotContain("writes")
                .contains("39.4 MB");
    }

    @Test
    void memoryIsNamedAsSuchInsteadOfItsPageCache() {
        assertThat(codes(results(), SQL, MEMORY))
                .contains("memory", "access-types-differ")
                .doesNotContain("page-cache");
    }

    @Test
    void tmpfsThatCallsItselfLocalIsStillMemory() {
        ResultsFixture fixture = results()
                .attempt(
                        "b01-" + SQL + "-" + DISK,
                        it -> ResultsFixture.withMounts(
                                it, List.of(ResultsFixture.mount(Role.DATA, "/tmp/x", "/tmp", "tmpfs", "tmpfs"))));

        assertThat(codes(fixture, SQL, DISK)).contains("memory");
    }

    @Test
    void profilesOfOneDeviceAreTold() {
        ResultsFixture fixture = results()
                .with(ResultsFixture.profile("other-disk", "local", "", io.berth.model.suite.AccessType.LOCAL));

        assertThat(message(fixture, SQL, "other-disk", WarningKind.SAME_DEVICE))
                .contains(DISK)
                .contains("/dev/vda1");
        assertThat(codes(fixture, SQL, DISK)).doesNotContain("same-device");
    }

    @Test
    void scratchOnAnotherDeviceIsNamed() {
        ResultsFixture fixture = results().nfs();
        for (int block = 1; block <= 3; block++) {
            fixture.attempt(
                    id(SQL, NFS, block),
                    it -> ResultsFixture.withMounts(
                            it,
                            List.of(
                                    it.mounts().get(0),
                                    ResultsFixture.mount(Role.SCRATCH, "/var/tmp", "/", "ext4", "/dev/vda1"))));
        }

        assertThat(message(fixture, SQL, NFS, WarningKind.SCRATCH_ELSEWHERE)).contains("/dev/vda1 (ext4) at /");
        assertThat(codes(fixture, SQL, DISK)).doesNotContain("scratch-elsewhere");

        for (int block = 1; block <= 3; block++) {
            fixture.attempt(
                    id(SQL, NFS, block),
                    it -> ResultsFixture.withWarnings(
                            it,
                            new Warning(
                                    "scratch-elsewhere",
                                    "scratch is on profile local-disk, because nfs can't serve it")));
        }
        assertThat(warnings(fixture, SQL, NFS))
                .as("who made the trial knows why; once is enough")
                .filteredOn(it -> it.code().equals("scratch-elsewhere"))
                .extracting(Warning::message)
                .containsExactly("scratch is on profile local-disk, because nfs can't serve it");
    }

    @Test
    void oneSlowForkIsALargeSpread() {
        ResultsFixture fixture = results()
                .numbers(
                        id(SQL, DISK, 2),
                        it -> ResultsFixture.withIterations(it, iteration -> ResultsFixture.elapsed(iteration, 60)));

        assertThat(message(fixture, SQL, DISK, WarningKind.SPREAD)).contains("% of the median");
    }

    @Test
    void forkWhoseIterationsDifferIsUnsteadyThoughTheForksAgree() {
        ResultsFixture fixture = results()
                .numbers(
                        "b",
                        it -> ResultsFixture.withIterations(
                                it, iteration -> ResultsFixture.elapsed(iteration, 20.0 + 10 * iteration.index())));

        assertThat(message(fixture, SQL, DISK, WarningKind.UNSTEADY)).contains("differ by 29 %");
        assertThat(codes(fixture, SQL, DISK)).doesNotContain("spread");
        assertThat(codes(results(), SQL, DISK)).doesNotContain("unsteady");
    }

    @Test
    void iterationsUnderASecondAreShort() {
        assertThat(message(results().scale(0.1), SQL, DISK, WarningKind.SHORT_ITERATIONS))
                .contains("took 0.");
    }

    @Test
    void largeDrainIsAWarningAndASmallOneIsNot() {
        assertThat(codes(results(), IO, DISK)).doesNotContain("drain");

        ResultsFixture fixture = results()
                .numbers(
                        "b",
                        it -> ResultsFixture.withIterations(
                                it,
                                iteration -> new io.berth.model.results.IterationMeasurement(
                                        iteration.index(),
                                        iteration.warmup(),
                                        iteration.elapsedNanos(),
                                        OptionalLong.of(2_500_000_000L),
                                        iteration.steps())));

        assertThat(message(fixture, IO, DISK, WarningKind.DRAIN)).contains("2.50 s");
    }

    @Test
    void factThatChangedBetweenComparedTrialsIsNamedWithItsValues() {
        ResultsFixture fixture =
                results().attempt("b02-" + SQL + "-" + MEMORY, it -> ResultsFixture.fact(it, "os.kernel", "6.12"));

        assertThat(message(fixture, SQL, MEMORY, WarningKind.ENVIRONMENT_DIFFERS))
                .isEqualTo("os.kernel is 6.1.0-37-amd64 or 6.12");
        assertThat(codes(fixture, IO, MEMORY)).doesNotContain("environment-differs");
    }

    @Test
    void otherDataSetThanTheBaselineIsTold() {
        ResultsFixture fixture = results()
                .attempt(
                        "b02-" + SQL + "-" + MEMORY,
                        it -> ResultsFixture.withDataSets(
                                it, new DataSetFact("tpch-sf0.1", "file:/x", "0000", 1, 1, 1, false, 1)));

        assertThat(codes(fixture, SQL, MEMORY)).contains("data-differs");
    }

    @Test
    void failedTasksDisturb() {
        ResultsFixture fixture = results()
                .numbers(
                        id(SQL, DISK, 1),
                        it -> ResultsFixture.withStages(
                                it,
                                stage -> stage.iteration() == 1 && stage.step().equals("q1") && stage.ordinal() == 0
                                        ? ResultsFixture.withTasks(stage, WarningsTest::failed)
                                        : stage));

        assertThat(message(fixture, SQL, DISK, WarningKind.DISTURBED))
                .isEqualTo("4 tasks failed or killed in the measured iterations");
    }

    @Test
    void tasksThatFailedWhileWarmingUpDoNotDisturb() {
        ResultsFixture fixture = results()
                .numbers(
                        id(SQL, DISK, 1),
                        it -> ResultsFixture.withStages(
                                it,
                                stage -> stage.iteration() == 0
                                        ? ResultsFixture.withTasks(stage, WarningsTest::failed)
                                        : stage));

        assertThat(codes(fixture, SQL, DISK)).doesNotContain("disturbed");
    }

    @Test
    void whatTheApplicationWarnedOfIsPassedOnOnce() {
        ResultsFixture fixture = results()
                .attempt("b", it -> ResultsFixture.withWarnings(it, new Warning("clock", "the clock is coarse")));

        assertThat(warnings(fixture, SQL, DISK))
                .filteredOn(it -> it.code().equals("clock"))
                .hasSize(1);
    }

    @Test
    void cellWithoutNumbersHasNoWarnings() {
        ResultsFixture fixture = results().outcome(id(SQL, DISK, 1), new TrialOutcome.TimedOut(1));

        assertThat(codes(fixture, SQL, DISK)).isEmpty();
    }

    @Test
    void everyKindIsDocumented() throws IOException {
        Path home =
                Path.of(Optional.ofNullable(System.getProperty("berth.home")).orElse(".."));
        String biases = Files.readString(home.resolve("docs/biases.md"));

        assertThat(WarningKind.values()).allSatisfy(kind -> assertThat(biases).contains("### `" + kind.code() + "`"));
        assertThat(saidByApplications(home))
                .isNotEmpty()
                .allSatisfy(code -> assertThat(WarningKind.of(code)).as(code).isPresent());
    }

    /** The codes in the sources of whatever can warn but the report itself. */
    private static List<String> saidByApplications(Path home) throws IOException {
        Pattern warned = Pattern.compile("(?:RecordLine\\.Warned|new Warning|\\.warn)\\(\\s*\"([a-z-]+)\"");
        List<String> codes =
                new ArrayList<>(List.of(Role.SCRATCH.label() + "-elsewhere", Role.CHECKPOINT.label() + "-elsewhere"));
        for (String module : List.of("workloads", "runner", "storage-profiles")) {
            try (Stream<Path> sources = Files.walk(home.resolve(module).resolve("src/main/java"))) {
                for (Path source : sources.filter(Files::isRegularFile).toList()) {
                    warned.matcher(Files.readString(source)).results().forEach(found -> codes.add(found.group(1)));
                }
            }
        }
        return codes;
    }

    private static TaskMeasurement failed(TaskMeasurement task) {
        return new TaskMeasurement(
                task.index(),
                task.attempt(),
                task.executor(),
                task.launchOffsetNanos(),
                task.elapsedNanos(),
                TaskMeasurement.Outcome.FAILED,
                task.io());
    }
}

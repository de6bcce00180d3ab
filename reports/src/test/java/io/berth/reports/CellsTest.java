package io.berth.reports;

import static io.berth.reports.ResultsFixture.DISK;
import static io.berth.reports.ResultsFixture.IO;
import static io.berth.reports.ResultsFixture.MEMORY;
import static io.berth.reports.ResultsFixture.NFS;
import static io.berth.reports.ResultsFixture.SQL;
import static io.berth.reports.ResultsFixture.id;
import static io.berth.reports.ResultsFixture.results;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.berth.model.plan.Trial;
import io.berth.model.results.Answer;
import io.berth.model.results.Measurements;
import io.berth.model.results.Results;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.TrialResult;
import io.berth.model.suite.Durability;
import io.berth.reports.cells.CellOutcome;
import io.berth.reports.cells.CellReport;
import io.berth.reports.cells.Comparison;
import io.berth.reports.statistics.Interval;
import io.berth.reports.statistics.Ratio;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CellsTest {
    private static CellReport cell(ResultsFixture fixture, String workload, String profile) {
        return Comparison.of(fixture.build()).cell(workload, profile);
    }

    private static ResultsFixture withSeconds(ResultsFixture fixture, String prefix, double... seconds) {
        return fixture.numbers(
                prefix,
                it -> ResultsFixture.withIterations(
                        it, iteration -> ResultsFixture.elapsed(iteration, seconds[iteration.index()])));
    }

    @Test
    void valueOfAForkIsTheMedianOfItsMeasuredIterationsWithoutTheWarmUp() {
        ResultsFixture fixture = withSeconds(results(), id(SQL, DISK, 1), 100, 4, 6);
        withSeconds(fixture, id(SQL, DISK, 2), 100, 7, 9);
        withSeconds(fixture, id(SQL, DISK, 3), 100, 5, 7);

        CellReport cell = cell(fixture, SQL, DISK);

        assertThat(cell.samples()).containsExactly(4.0, 6.0, 7.0, 9.0, 5.0, 7.0);
        assertThat(cell.forkSeconds().values()).containsExactly(5.0, 8.0, 6.0);
        assertThat(cell.n()).isEqualTo(3);
        assertThat(cell.seconds().orElseThrow().median()).isEqualTo(6);
        assertThat(cell.seconds().orElseThrow().range()).contains(new Interval(5, 8));
        assertThat(cell.seconds().orElseThrow().interval()).isEmpty();
    }

    @Test
    void ratioIsTheMedianOfTheBlocksRatios() {
        ResultsFixture fixture = results();
        for (int block = 1; block <= 3; block++) {
            withSeconds(fixture, id(SQL, DISK, block), 100, 10 * block, 10 * block);
            withSeconds(fixture, id(SQL, MEMORY, block), 100, 4 * block + block * block, 4 * block + block * block);
        }

        Ratio ratio = cell(fixture, SQL, MEMORY).ratio().orElseThrow();

        assertThat(ratio.n()).isEqualTo(3);
        assertThat(ratio.median()).isCloseTo(0.6, within(1e-9));
        assertThat(ratio.range().orElseThrow().low()).isCloseTo(0.5, within(1e-9));
        assertThat(ratio.range().orElseThrow().high()).isCloseTo(0.7, within(1e-9));
    }

    @Test
    void baselineHasNoRatioAndNeedsNoExcuse() {
        CellReport cell = cell(results(), SQL, DISK);

        assertThat(cell.baseline()).isTrue();
        assertThat(cell.ratio()).isEmpty();
        assertThat(cell.noRatio()).isEmpty();
    }

    @Test
    void sixForksHaveAnInterval() {
        assertThat(cell(results().blocks(6), SQL, DISK).seconds().orElseThrow().interval())
                .isPresent();
    }

    @Test
    void oneFailedTrialTakesAllNumbersFromItsCell() {
        ResultsFixture fixture = results()
                .outcome(id(SQL, MEMORY, 2), new TrialOutcome.Failed(TrialOutcome.Cause.APPLICATION, "out of memory"));

        CellReport cell = cell(fixture, SQL, MEMORY);

        assertThat(cell.outcome()).isEqualTo(CellOutcome.FAILED);
        assertThat(cell.reason()).contains("block 2: application: out of memory");
        assertThat(cell.seconds()).isEmpty();
        assertThat(cell.samples()).isEmpty();
        assertThat(cell.ratio()).isEmpty();
        assertThat(cell.steps()).isEmpty();
        assertThat(cell.n()).isZero();
    }

    @Test
    void failedBaselineLeavesOthersTheirNumbersButNoRatio() {
        ResultsFixture fixture = results().outcome(id(SQL, DISK, 1), new TrialOutcome.TimedOut(300));

        CellReport cell = cell(fixture, SQL, MEMORY);

        assertThat(cell.seconds()).isPresent();
        assertThat(cell.ratio()).isEmpty();
        assertThat(cell.noRatio()).contains("the baseline has no numbers");
        assertThat(Comparison.of(fixture.build()).meanRatio(MEMORY)).isEmpty();
    }

    @Test
    void worstOutcomeOfTheTrialsIsTheCells() {
        ResultsFixture fixture = results()
                .outcome(id(SQL, MEMORY, 1), new TrialOutcome.Unverified("counts differ", List.of()))
                .outcome(id(SQL, MEMORY, 2), new TrialOutcome.TimedOut(300))
                .outcome(id(SQL, MEMORY, 3), new TrialOutcome.Failed(TrialOutcome.Cause.INFRASTRUCTURE, "no space"));

        CellReport cell = cell(fixture, SQL, MEMORY);

        assertThat(cell.outcome()).isEqualTo(CellOutcome.TIMED_OUT);
        assertThat(cell.reason()).contains("block 2: stopped at its time limit of 300 s");
    }

    @Test
    void runThatOnlyBeganHasPartialCellsWithNumbersAndCellsNotRun() {
        Results results = results()
                .only(trial -> trial.block() == 0
                        || (trial.block() == 1 && trial.workload().equals(SQL)))
                .build();

        Comparison comparison = Comparison.of(results);

        assertThat(comparison.isPartial()).isTrue();
        assertThat(comparison.cell(SQL, MEMORY).outcome()).isEqualTo(CellOutcome.PARTIAL);
        assertThat(comparison.cell(SQL, MEMORY).n()).isEqualTo(1);
        assertThat(comparison.cell(SQL, MEMORY).seconds().orElseThrow().range()).isEmpty();
        assertThat(comparison.cell(SQL, MEMORY).ratio()).isPresent();
        assertThat(comparison.cell(IO, MEMORY).outcome()).isEqualTo(CellOutcome.NOT_RUN);
        assertThat(comparison.cell(IO, MEMORY).reason()).contains("none of its 3 trials has run");
    }

    @Test
    void blocksWithoutAPairGiveNoRatio() {
        Results results = results()
                .only(trial -> trial.profile().equals(DISK) ? trial.block() == 1 : trial.block() == 2)
                .build();

        CellReport cell = Comparison.of(results).cell(SQL, MEMORY);

        assertThat(cell.seconds()).isPresent();
        assertThat(cell.ratio()).isEmpty();
        assertThat(cell.noRatio()).contains("no block has both this cell and the baseline's");
    }

    @Test
    void failedPreparationIsTheReasonOfACellThatDidNotRun() {
        ResultsFixture fixture = results()
                .only(trial -> trial.block() == 0
                        || !(trial.workload().equals(SQL) && trial.profile().equals(MEMORY)))
                .outcome(
                        "prepare-" + SQL + "-" + MEMORY,
                        new TrialOutcome.Failed(TrialOutcome.Cause.INFRASTRUCTURE, "No space left on device"));

        CellReport cell = cell(fixture, SQL, MEMORY);

        assertThat(cell.outcome()).isEqualTo(CellOutcome.FAILED);
        assertThat(cell.reason()).contains("its data was not prepared: infrastructure: No space left on device");
    }

    @Test
    void preparationIsNeverMeasured() {
        assertThat(Comparison.of(results().build()).trials())
                .filteredOn(it -> it.trial().kind() == Trial.Kind.PREPARE)
                .isNotEmpty()
                .allMatch(it ->
                        it.outcome() == CellOutcome.COMPLETED && it.samples().isEmpty());
    }

    @Test
    void answersThatDisagreeWithoutACommittedValueDistrustEveryCellOfTheWorkload() {
        ResultsFixture fixture =
                results().nfs().numbers(id(IO, NFS, 3), it -> ResultsFixture.withAnswers(it, CellsTest::wrong));

        Comparison comparison = Comparison.of(fixture.build());

        assertThat(comparison.cells(IO)).allSatisfy(cell -> {
            assertThat(cell.outcome()).isEqualTo(CellOutcome.UNVERIFIED);
            assertThat(cell.reason().orElseThrow()).contains("disagree").contains("deadbeef in " + id(IO, NFS, 3));
            assertThat(cell.samples()).isEmpty();
        });
        assertThat(comparison.cells(SQL)).allMatch(cell -> cell.outcome() == CellOutcome.COMPLETED);
    }

    @Test
    void committedValueDecidesWhoIsWrong() {
        ResultsFixture fixture =
                results().numbers(id(SQL, MEMORY, 3), it -> ResultsFixture.withAnswers(it, CellsTest::wrong));

        Comparison comparison = Comparison.of(fixture.build());

        assertThat(comparison.cell(SQL, DISK).outcome()).isEqualTo(CellOutcome.COMPLETED);
        assertThat(comparison.cell(SQL, MEMORY).outcome()).isEqualTo(CellOutcome.UNVERIFIED);
        assertThat(comparison.cell(SQL, MEMORY).reason().orElseThrow()).contains("is deadbeef, expected");
    }

    @Test
    void committedValueOfOneTrialAlsoJudgesTrialsThatLackIt() {
        ResultsFixture fixture = results()
                .numbers(
                        id(SQL, MEMORY, 3),
                        it -> ResultsFixture.withAnswers(
                                it, answer -> new Answer(answer.step(), answer.rows(), "deadbeef", Optional.empty())));

        assertThat(cell(fixture, SQL, MEMORY).outcome()).isEqualTo(CellOutcome.UNVERIFIED);
        assertThat(cell(fixture, SQL, DISK).outcome()).isEqualTo(CellOutcome.COMPLETED);
    }

    @Test
    void trialThatAnswersLessThanOthersIsDistrusted() {
        ResultsFixture fixture = results()
                .numbers(
                        id(SQL, MEMORY, 1),
                        it -> new Measurements(
                                it.iterations(),
                                it.stages(),
                                it.histograms(),
                                it.answers().subList(1, 4)));

        CellReport cell = cell(fixture, SQL, MEMORY);

        assertThat(cell.outcome()).isEqualTo(CellOutcome.UNVERIFIED);
        assertThat(cell.reason().orElseThrow()).contains("no answer to");
    }

    @Test
    void completedTrialWithTooFewIterationsIsDistrusted() {
        ResultsFixture fixture = results()
                .numbers(
                        id(SQL, MEMORY, 1),
                        it -> new Measurements(
                                it.iterations().subList(0, 2), it.stages(), it.histograms(), it.answers()));

        assertThat(cell(fixture, SQL, MEMORY).reason()).contains("block 1: 1 of 2 measured iterations recorded");
    }

    @Test
    void iterationThatTookNoTimeIsDistrusted() {
        ResultsFixture fixture = withSeconds(results(), id(SQL, MEMORY, 1), 1, 0, 1);

        assertThat(cell(fixture, SQL, MEMORY).outcome()).isEqualTo(CellOutcome.UNVERIFIED);
    }

    @Test
    void probeThatMissedTasksMakesATrialUnverified() {
        ResultsFixture fixture = results()
                .probe()
                .numbers(
                        id(SQL, MEMORY, 1),
                        it -> ResultsFixture.withStages(
                                it, stage -> stage.ordinal() == 1 ? ResultsFixture.withoutProbe(stage) : stage));

        CellReport cell = cell(fixture, SQL, MEMORY);

        assertThat(cell.outcome()).isEqualTo(CellOutcome.UNVERIFIED);
        assertThat(cell.reason().orElseThrow()).contains("the I/O probe saw").contains("99.5 %");
    }

    @Test
    void differentDurabilityHasNoRatio() {
        ResultsFixture fixture = results().nfs();
        for (int block = 1; block <= 3; block++) {
            fixture.attempt(id(IO, NFS, block), it -> ResultsFixture.fact(it, "durability", "synced"));
        }

        CellReport cell = cell(fixture, IO, NFS);

        assertThat(cell.seconds()).isPresent();
        assertThat(cell.ratio()).isEmpty();
        assertThat(cell.noRatio()).contains("writes are synced here, closed on the baseline");
        assertThat(cell.steps()).allMatch(step -> step.ratio().isEmpty());
        assertThat(cell(fixture, SQL, NFS).ratio()).isPresent();
    }

    @Test
    void anotherSparkHasNoRatio() {
        ResultsFixture fixture = results().nfs();
        fixture.attempt(id(IO, NFS, 2), it -> ResultsFixture.fact(it, "spark.version", "4.1.1"));

        CellReport cell = cell(fixture, IO, NFS);

        assertThat(cell.seconds()).isPresent();
        assertThat(cell.ratio()).isEmpty();
        assertThat(cell.noRatio()).contains("Spark is 4.0.1 and 4.1.1 here, 4.0.1 on the baseline");
        assertThat(cell.warnings())
                .extracting(warning -> warning.code() + ": " + warning.message())
                .contains("environment-differs: spark.version is 4.0.1 or 4.1.1");
        assertThat(cell(fixture, SQL, NFS).ratio()).isPresent();
    }

    @Test
    void memoryHasNoRatioWhereWritesMustBeStable() {
        CellReport cell = cell(results().durability(Durability.SYNCED), IO, MEMORY);

        assertThat(cell.ratio()).isEmpty();
        assertThat(cell.noRatio()).contains("memory has no stable storage to synchronise writes to");
    }

    @Test
    void lastCompletedAttemptCounts() {
        Results first = results().build();
        TrialResult failed = first.trials().stream()
                .filter(it -> it.trial().kind() == Trial.Kind.MEASURE)
                .findFirst()
                .orElseThrow();
        ResultsFixture fixture = results()
                .after(
                        failed.trial().id(),
                        ResultsFixture.with(
                                failed.decisive(),
                                new TrialOutcome.Failed(TrialOutcome.Cause.INFRASTRUCTURE, "killed by signal 9")));

        CellReport cell =
                cell(fixture, failed.trial().workload(), failed.trial().profile());

        assertThat(cell.outcome()).isEqualTo(CellOutcome.COMPLETED);
        assertThat(cell.warnings()).anySatisfy(warning -> {
            assertThat(warning.code()).isEqualTo("retried");
            assertThat(warning.message()).contains("killed by signal 9");
        });
    }

    @Test
    void orderOfTheTrialFilesDoesNotMatter() {
        Results results = results().nfs().build();
        List<TrialResult> shuffled = new ArrayList<>(results.trials());
        Collections.shuffle(shuffled, new Random(3));

        assertThat(Report.of(new Results(results.plan(), shuffled)).json())
                .isEqualTo(Report.of(results).json());
    }

    @Test
    void stepsAreMediansOverForksWithTheirThroughput() {
        CellReport cell = cell(results(), IO, MEMORY);

        assertThat(cell.steps()).extracting(step -> step.name()).containsExactly("write", "read", "random-read");
        assertThat(cell.steps()).allSatisfy(step -> {
            assertThat(step.seconds().n()).isEqualTo(3);
            assertThat(step.ratio()).isPresent();
            assertThat(step.bytesPerSecond()).isPresent();
        });
        assertThat(cell(results(), SQL, MEMORY).steps())
                .allMatch(step -> step.bytesPerSecond().isEmpty());
    }

    private static Answer wrong(Answer answer) {
        return new Answer(answer.step(), answer.rows(), "deadbeef", answer.expected());
    }
}

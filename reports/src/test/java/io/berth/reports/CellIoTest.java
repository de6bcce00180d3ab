package io.berth.reports;

import static io.berth.reports.ResultsFixture.DISK;
import static io.berth.reports.ResultsFixture.SQL;
import static io.berth.reports.ResultsFixture.id;
import static io.berth.reports.ResultsFixture.results;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.berth.model.plan.Cell;
import io.berth.model.results.IoCategory;
import io.berth.model.results.TaskIo;
import io.berth.model.results.TaskMeasurement;
import io.berth.model.results.TrialOutcome;
import io.berth.reports.cells.Comparison;
import io.berth.reports.stages.CellIo;
import io.berth.reports.stages.CellIo.Caller;
import io.berth.reports.stages.Stages;
import io.berth.reports.stages.TimePart;
import io.berth.reports.text.Quantity;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CellIoTest {
    private static CellIo io(ResultsFixture fixture) {
        return CellIo.of(Comparison.of(fixture.build()).cell(SQL, DISK)).orElseThrow();
    }

    private static String explained(ResultsFixture fixture) {
        return Report.of(fixture.build()).explanation(new Cell(SQL, DISK));
    }

    /** In every measured iteration of every fork the first task of each stage is as if it had ended so. */
    private static ResultsFixture withFirstTasks(TaskMeasurement.Outcome outcome) {
        ResultsFixture fixture = results().probe().blocks(1);
        return fixture.numbers(
                id(SQL, DISK, 1),
                numbers -> ResultsFixture.withStages(
                        numbers,
                        stage -> ResultsFixture.withTasks(
                                stage,
                                task -> task.index() > 0
                                        ? task
                                        : new TaskMeasurement(
                                                task.index(),
                                                task.attempt(),
                                                task.executor(),
                                                task.launchOffsetNanos(),
                                                task.elapsedNanos(),
                                                outcome,
                                                task.io()))));
    }

    @Test
    void withoutProbeThereIsNothing() {
        assertThat(CellIo.of(Comparison.of(results().build()).cell(SQL, DISK))).isEmpty();
        assertThat(explained(results())).contains("the I/O probe was off");
    }

    @Test
    void callsOfDriverAndHelperThreadsAreApartFromThoseOfTasks() {
        CellIo io = io(results().probe());

        assertThat(io.calls())
                .extracting(CellIo.Calls::caller)
                .contains(Caller.TASKS, Caller.DRIVER, Caller.UNATTRIBUTED)
                .doesNotContain(Caller.FAILED, Caller.KILLED);
        assertThat(io.calls())
                .filteredOn(it -> it.caller() == Caller.DRIVER)
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.category()).isEqualTo(IoCategory.METADATA);
                    // The mean of an iteration, not the sum of all forks.
                    assertThat(it.calls()).isEqualTo(12);
                    assertThat(it.nanos()).isCloseTo(20e6, within(1.0));
                });
        assertThat(io.wastedNanos()).isZero();
    }

    @Test
    void callsOfFailedAndKilledTasksAreWastedAndNotCountedTwice() {
        double all = io(results().probe().blocks(1)).nanos(Set.of(Caller.TASKS));
        CellIo failed = io(withFirstTasks(TaskMeasurement.Outcome.FAILED));
        CellIo killed = io(withFirstTasks(TaskMeasurement.Outcome.KILLED));

        assertThat(failed.nanos(Set.of(Caller.FAILED))).isPositive();
        assertThat(failed.nanos(Set.of(Caller.FAILED)) + failed.nanos(Set.of(Caller.TASKS)))
                .isCloseTo(all, within(1.0));
        assertThat(killed.nanos(Set.of(Caller.KILLED))).isEqualTo(failed.wastedNanos());
        assertThat(Report.of(withFirstTasks(TaskMeasurement.Outcome.KILLED).build())
                        .html())
                .contains(">killed tasks<");
    }

    @Test
    void theProbesShareIsCallsTimesTheirCostAndWhatItTookAtTheEndsOfTasks() {
        Comparison comparison = Comparison.of(results().probe().blocks(1).build());
        CellIo io = CellIo.of(comparison.cell(SQL, DISK)).orElseThrow();
        double calls = io.calls().stream().mapToDouble(CellIo.Calls::calls).sum();

        assertThat(io.probeNanos().orElseThrow()).isCloseTo(55 * calls + 2e6, within(1.0));
        double wall = comparison.cell(SQL, DISK).counted().get(0).measurements().orElseThrow().stages().stream()
                .filter(it -> it.iteration() > 0)
                .flatMap(it -> it.tasks().stream())
                .flatMap(it -> it.io().stream())
                .mapToLong(TaskIo::wallNanos)
                .sum();
        assertThat(io.probeShare().orElseThrow()).isCloseTo((55 * calls + 2e6) / (wall / 2), within(1e-9));
    }

    @Test
    void aSourceThatDiffersByMoreThanATwentiethIsShown() {
        CellIo io = io(results().probe());

        assertThat(io.sources())
                .extracting(CellIo.SecondSource::name)
                .contains("Hadoop's bytesRead", "the kernel's rchar");
        assertThat(io.apart()).extracting(CellIo.SecondSource::name).containsExactly("the kernel's rchar");
        assertThat(io.facts()).extracting(CellIo.Fact::name).anyMatch(it -> it.startsWith("major page faults"));
        String html = Report.of(results().probe().build()).html();
        assertThat(html).contains("<strong>−").contains("the kernel's rchar");
        assertThat(explained(results().probe())).contains("the kernel's rchar");
    }

    @Test
    void theTerminalsNumbersAreThoseOfTheReport() {
        ResultsFixture fixture = results().probe().histograms();
        Comparison comparison = Comparison.of(fixture.build());
        double read = Stages.of(comparison, SQL).stream()
                .flatMap(it -> it.on(DISK).stream())
                .mapToDouble(it -> it.split().parts().getOrDefault(TimePart.READ, 0.0))
                .sum();

        String text = explained(fixture);

        assertThat(text)
                .contains(SQL + "/" + DISK + " takes "
                        + Quantity.seconds(comparison
                                .cell(SQL, DISK)
                                .seconds()
                                .orElseThrow()
                                .median()))
                .contains("open and read", Quantity.nanos(read))
                .contains("p99");
    }

    @Test
    void aCellWithoutNumbersIsExplainedByItsTrials() {
        String text = explained(results().outcome(id(SQL, DISK, 1), new TrialOutcome.TimedOut(7)));

        assertThat(text).contains("has no numbers: timed-out", "(logs/", "stopped at its time limit of 7 s");
    }
}

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
import static org.assertj.core.api.Assertions.withinPercentage;

import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.Measurements;
import io.berth.model.results.OperationHistogram;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.TrialOutcome;
import io.berth.reports.cells.Comparison;
import io.berth.reports.stages.CellIo;
import io.berth.reports.stages.IoBound;
import io.berth.reports.stages.Latencies;
import io.berth.reports.stages.StageOnProfile;
import io.berth.reports.stages.StageReport;
import io.berth.reports.stages.Stages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class StageReportsTest {
    private static List<StageReport> stages(ResultsFixture fixture) {
        return Stages.of(Comparison.of(fixture.build()), SQL);
    }

    @Test
    void withoutProbeNothingIsSaidOfStorage() {
        assertThat(stages(results()))
                .isNotEmpty()
                .allMatch(stage -> stage.byProfile().values().stream()
                        .allMatch(it -> it.probed().isEmpty()))
                .noneMatch(StageReport::inIoBoundSet);
    }

    @Test
    void stageThatIsIoBoundOnTheSlowProfileStaysInTheSetOnTheFastOne() {
        List<StageReport> stages = stages(results().nfs().probe());

        assertThat(stages).anySatisfy(stage -> {
            assertThat(stage.inIoBoundSet()).isTrue();
            assertThat(stage.on(NFS).orElseThrow().probed().orElseThrow().classification())
                    .isEqualTo(IoBound.IO_BOUND);
            assertThat(stage.on(MEMORY).orElseThrow().probed().orElseThrow().classification())
                    .isNotEqualTo(IoBound.IO_BOUND);
        });
    }

    @Test
    void splitOfAProbedStageAddsUpToItsTasksTimeWithinTwoPercent() {
        Comparison comparison = Comparison.of(results().probe().build());
        List<StageMeasurement> measured = comparison.cell(SQL, DISK).counted().stream()
                .flatMap(it -> it.measurements().stream())
                .flatMap(it -> it.stages().stream())
                .filter(it -> it.iteration() > 0)
                .toList();

        for (StageReport stage : Stages.of(comparison, SQL)) {
            double taskNanos = measured.stream()
                    .filter(it -> it.key().equals(stage.key()))
                    .flatMap(it -> it.tasks().stream())
                    .mapToLong(it -> it.elapsedNanos())
                    .average()
                    .orElseThrow();
            double split = stage.on(DISK).orElseThrow().split().totalNanos() / 4;
            assertThat(split).isCloseTo(taskNanos, within(0.02 * taskNanos));
        }
    }

    @Test
    void stagesAddUpAlsoIfSomeIterationsHaveNone() {
        Comparison all = Comparison.of(results().probe().blocks(1).build());
        ResultsFixture fixture = results().probe().blocks(1);
        fixture.numbers(
                id(SQL, DISK, 1),
                it -> new Measurements(
                        it.iterations(),
                        it.stages().stream()
                                .filter(stage -> stage.iteration() != 2 || stage.ordinal() != 2)
                                .toList(),
                        it.histograms(),
                        it.answers(),
                        it.io()));
        Comparison some = Comparison.of(fixture.build());

        double calls = Stages.of(some, SQL).stream()
                .flatMap(it -> it.on(DISK).orElseThrow().probed().orElseThrow().costs().values().stream())
                .mapToDouble(it -> (double) it.calls())
                .sum();

        assertThat(calls)
                .isCloseTo(
                        CellIo.of(some.cell(SQL, DISK)).orElseThrow().calls().stream()
                                .filter(it -> it.caller() == CellIo.Caller.TASKS)
                                .mapToDouble(CellIo.Calls::calls)
                                .sum(),
                        within(1e-6));
        // Half of the tasks in an iteration, but as slow as ever where it has them.
        assertThat(Stages.of(some, SQL).get(2).on(DISK).orElseThrow().tasks())
                .isEqualTo(Stages.of(all, SQL).get(2).on(DISK).orElseThrow().tasks() / 2);
        assertThat(Stages.of(some, SQL).get(2).on(DISK).orElseThrow().seconds().median())
                .isCloseTo(
                        Stages.of(all, SQL)
                                .get(2)
                                .on(DISK)
                                .orElseThrow()
                                .seconds()
                                .median(),
                        withinPercentage(20.0));
    }

    @Test
    void speedsAreTheProbesBytesOverTheWaitForThemAndOverTheElapsedTime() {
        StageOnProfile write = Stages.of(
                        Comparison.of(results().probe().blocks(1).build()), IO)
                .stream()
                .filter(it -> it.key().step().equals("write"))
                .findFirst()
                .flatMap(it -> it.on(DISK))
                .orElseThrow();
        Map<IoCategory, IoCost> costs = write.probed().orElseThrow().costs();
        double bytes =
                (double) costs.getOrDefault(IoCategory.WRITE, IoCost.NONE).bytes();
        double waited = costs.getOrDefault(IoCategory.WRITE, IoCost.NONE).nanos()
                + costs.getOrDefault(IoCategory.CLOSE, IoCost.NONE).nanos();

        assertThat(write.probed().orElseThrow().writeBytesPerSecond().orElseThrow())
                .isCloseTo(bytes / (waited / 1e9), within(1.0));
        assertThat(write.probed().orElseThrow().readBytesPerSecond()).isEmpty();
        assertThat(write.bytesPerSecond().orElseThrow())
                .isCloseTo(bytes / write.seconds().median(), withinPercentage(1));
        assertThat(write.outputBytes()).isEqualTo(bytes);
        assertThat(stages(results()).get(0).on(DISK).orElseThrow().inputBytes())
                .as("Spark's, without a probe")
                .isEqualTo(18e6);
    }

    @Test
    void stageOfOneProfileOnlyIsShownForThatOne() {
        ResultsFixture fixture = results();
        for (int block = 1; block <= 3; block++) {
            fixture.numbers(
                    id(SQL, MEMORY, block),
                    it -> new Measurements(
                            it.iterations(),
                            it.stages().stream()
                                    .filter(stage -> stage.ordinal() != 2)
                                    .toList(),
                            it.histograms(),
                            it.answers()));
        }

        assertThat(stages(fixture))
                .filteredOn(stage -> stage.key().ordinal() == 2)
                .isNotEmpty()
                .allMatch(stage -> stage.on(MEMORY).isEmpty() && stage.on(DISK).isPresent());
        assertThat(Report.of(fixture.build()).html()).contains("has no such stage");
    }

    @Test
    void repeatedAttemptsOfAStageAreAddedUp() {
        double once = stages(results()).get(0).on(DISK).orElseThrow().seconds().median();
        ResultsFixture fixture = results().numbers("b", it -> {
            List<StageMeasurement> twice = new ArrayList<>(it.stages());
            twice.addAll(it.stages());
            return new Measurements(it.iterations(), twice, it.histograms(), it.answers());
        });

        assertThat(stages(fixture).get(0).on(DISK).orElseThrow().seconds().median())
                .isCloseTo(2 * once, within(1e-9));
    }

    @Test
    void failedCellHasNoStages() {
        ResultsFixture fixture = results().outcome(id(SQL, MEMORY, 1), new TrialOutcome.TimedOut(1));

        assertThat(stages(fixture)).allMatch(stage -> stage.on(MEMORY).isEmpty());
    }

    @Test
    void latenciesOfAllForksAreMergedWithoutTheWarmUp() {
        Comparison comparison =
                Comparison.of(results().blocks(2).queries(3).histograms().build());

        Latencies latencies = Latencies.of(comparison, SQL);

        assertThat(latencies.operations())
                .extracting(Latencies.Operation::category)
                .containsExactly(IoCategory.OPEN, IoCategory.READ);
        // 2 forks × 2 measured iterations × 3 queries × 400 calls
        assertThat(latencies.operations().get(0).on(DISK).orElseThrow().getTotalCount())
                .isEqualTo(4800);
    }

    @Test
    void histogramThatCannotBeDecodedIsCountedAndLeftOut() {
        Histogram good = new Histogram(3);
        good.recordValue(1000);
        ResultsFixture fixture = results()
                .numbers(
                        id(SQL, DISK, 1),
                        it -> new Measurements(
                                it.iterations(),
                                it.stages(),
                                List.of(
                                        histogram("not Base64!"),
                                        histogram("AAAA"),
                                        histogram("HISTFAAAABh42pNpmSzMwMDAxQABTAxQAAAM/QC+"),
                                        histogram(ResultsFixture.encode(good))),
                                it.answers()));

        Latencies latencies = Latencies.of(Comparison.of(fixture.build()), SQL);

        assertThat(latencies.unreadable()).isPositive();
        assertThat(latencies.operations()).hasSize(1);
        assertThat(Report.of(fixture.build()).html()).contains("can't be decoded");
    }

    @Test
    void callsOutsideOfIterationsAreNotThoseOfAnIteration() {
        Histogram call = new Histogram(3);
        call.recordValue(1000);
        ResultsFixture fixture = results()
                .numbers(
                        id(SQL, DISK, 1),
                        it -> new Measurements(
                                it.iterations(),
                                it.stages(),
                                List.of(
                                        histogram(OptionalInt.of(1), ResultsFixture.encode(call)),
                                        histogram(OptionalInt.empty(), ResultsFixture.encode(call))),
                                it.answers()));

        Latencies latencies = Latencies.of(Comparison.of(fixture.build()), SQL);

        assertThat(latencies.operations()).singleElement().satisfies(operation -> assertThat(
                        operation.on(DISK).orElseThrow().getTotalCount())
                .isEqualTo(1));
    }

    private static OperationHistogram histogram(String encoded) {
        return histogram(OptionalInt.of(1), encoded);
    }

    private static OperationHistogram histogram(OptionalInt iteration, String encoded) {
        return new OperationHistogram(iteration, Optional.of("q1"), "file", IoCategory.READ, encoded);
    }
}

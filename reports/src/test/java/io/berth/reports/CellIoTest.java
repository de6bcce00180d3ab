package io.berth.reports;

import static io.berth.reports.ResultsFixture.DISK;
import static io.berth.reports.ResultsFixture.SQL;
import static io.berth.reports.ResultsFixture.id;
import static io.berth.reports.ResultsFixture.results;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.berth.model.plan.Cell;
import io.berth.model.results.Counter;
import io.berth.model.results.IoCategory;
import io.berth.model.results.IterationIo;
import io.berth.model.results.Measurements;
import io.berth.model.results.OperationHistogram;
import io.berth.model.results.TaskIo;
import io.berth.model.results.TaskMeasurement;
import io.berth.model.results.TrialOutcome;
import io.berth.reports.cells.Comparison;
import io.berth.reports.stages.CellIo;
import io.berth.reports.stages.CellIo.Caller;
import io.berth.reports.stages.Stages;
import io.berth.reports.stages.TimePart;
import io.berth.reports.text.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
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

    /** With these counters in place of the fixture's, in every measured iteration. */
    private static ResultsFixture counting(Counter... counters) {
        return results()
                .probe()
                .blocks(1)
                .numbers(
                        id(SQL, DISK, 1),
                        it -> new Measurements(
                                it.iterations(),
                                it.stages(),
                                it.histograms(),
                                it.answers(),
                                it.io().stream()
                                        .map(io -> new IterationIo(
                                                io.iteration(), io.outside(), io.cost(), List.of(counters)))
                                        .toList()));
    }

    private static String unwrapped(ResultsFixture fixture) {
        return explained(fixture).replaceAll("\\s+", " ");
    }

    private static Map<String, Double> facts(ResultsFixture fixture) {
        return io(fixture).facts().stream().collect(Collectors.toMap(CellIo.Fact::name, CellIo.Fact::value));
    }

    @Test
    void bytesOfDataNodesAreNotThoseOfHadoopsFileSystems() {
        CellIo io = io(counting(
                new Counter("file", "bytesRead", 100),
                new Counter("hdfs", "bytesRead", 1000),
                new Counter("datanodes", "bytesRead", 5000),
                new Counter("S3AStorageStatistics", "bytesRead", 7)));

        assertThat(io.sources())
                .filteredOn(it -> it.name().equals("Hadoop's bytesRead"))
                .singleElement()
                .satisfies(it -> assertThat(it.theirs()).isEqualTo(1100));
    }

    @Test
    void aSourceThatSawNothingOfWhatTheProbeSawIsApart() {
        CellIo io = io(counting(new Counter("s3a", "readOps", 3)));

        assertThat(io.apart()).extracting(CellIo.SecondSource::name).containsExactly("Hadoop's bytesRead");
        assertThat(io.apart().get(0).difference()).isEmpty();
        assertThat(unwrapped(counting(new Counter("s3a", "readOps", 3)))).contains("the other saw nothing");
        assertThat(io(counting(new Counter("nfs", "requests", 3))).sources())
                .as("nobody was asked")
                .isEmpty();
    }

    @Test
    void aRetryOfS3aIsCountedOnce() {
        assertThat(facts(counting(
                        new Counter("S3AStorageStatistics", "store_io_retry", 3),
                        new Counter("S3AStorageStatistics", "ignored_errors", 3))))
                .containsEntry("S3A's retries", 3.0);
    }

    @Test
    void rocksDbsTimesBytesAndCountsAreFactsAndItsLevelsAreNot() {
        assertThat(facts(counting(
                        new Counter("state", "rocksdbCommitFileSyncLatencyMs", 7),
                        new Counter("state", "rocksdbCommitFlushLatency", 2),
                        new Counter("state", "rocksdbBytesCopied", 1000),
                        new Counter("state", "rocksdbGetCount", 5),
                        new Counter("state", "rocksdbNumInternalColFamiliesKeys", 9),
                        new Counter("state", "rocksdbSstFileSize", 4096))))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "RocksDB's commit file sync latency", 7e6,
                        "RocksDB's commit flush latency", 2e6,
                        "RocksDB's bytes copied", 1000.0,
                        "RocksDB's get count", 5.0));
    }

    @Test
    void whoIsSlowIsSaidAsFarAsSomebodyTells() {
        double calls = io(results().probe().blocks(1)).waits().callNanos();
        long millis = Math.round(0.8 * calls / 1e6);

        assertThat(unwrapped(counting()))
                .contains("network and server not told. Nobody tells whom the rest waited for.");
        assertThat(unwrapped(counting(
                        new Counter("nfs", "requests", 10),
                        new Counter("nfs", "queueMillis", 1),
                        new Counter("nfs", "rttMillis", millis))))
                .contains("network and server together " + Quantity.nanos(millis * 1e6), "Mostly network or server.");
        assertThat(unwrapped(counting(
                        new Counter("nfs", "requests", 10),
                        new Counter("nfs", "queueMillis", millis),
                        new Counter("nfs", "rttMillis", 1))))
                .contains("Mostly the client.");
        assertThat(unwrapped(counting(
                        new Counter("hdfs", "bytesRead", 10),
                        new Counter("datanodes", "readMillis", millis),
                        new Counter("datanodes", "sendBlockedNanos", 1_000_000))))
                .contains("network at least 1.00 ms", "Mostly the server.");
        assertThat(unwrapped(counting(
                        new Counter("hdfs", "bytesRead", 10),
                        new Counter("datanodes", "readMillis", millis),
                        new Counter("datanodes", "sendBlockedNanos", millis * 1_000_000))))
                .contains("Mostly the network.");
        assertThat(unwrapped(counting(
                        new Counter("S3AStorageStatistics", "store_io_request", 10),
                        new Counter("S3AStorageStatistics", "store_io_throttled", 4),
                        new Counter("S3AStorageStatistics", "store_io_retry", 5))))
                .contains("told to slow down 4 times", "5 requests sent again", "The server is at its limit.");
    }

    @Test
    void theWayOfAPacketIsAMeanAndNoSum() {
        assertThat(facts(counting(
                        new Counter("datanodes", "packetAcks", 100),
                        new Counter("datanodes", "packetAckNanos", 80_000_000))))
                .containsEntry("a packet's way to the next DataNode and back", 800_000.0);
    }

    @Test
    void theDriversCallsAreToldByStep() {
        ResultsFixture fixture = results().probe().blocks(1);

        assertThat(io(fixture).driver()).singleElement().satisfies(it -> {
            assertThat(it.step()).contains("q1");
            assertThat(it.calls()).isEqualTo(12);
        });
        assertThat(explained(fixture)).contains("by step: q1 20.0 ms");
        assertThat(Report.of(fixture.build()).html()).contains("Storage calls of the driver by step");
    }

    @Test
    void everyLatencyOfThePageIsInTheTerminalToo() {
        Histogram single = new Histogram(3);
        single.recordValue(5_000_000);
        ResultsFixture fixture = results()
                .probe()
                .blocks(1)
                .numbers(
                        id(SQL, DISK, 1),
                        it -> new Measurements(
                                it.iterations(),
                                it.stages(),
                                List.of(new OperationHistogram(
                                        OptionalInt.of(1),
                                        Optional.of("q1"),
                                        "s3a",
                                        IoCategory.VECTORED_WAIT,
                                        ResultsFixture.encode(single))),
                                it.answers(),
                                it.io()));

        assertThat(explained(fixture)).contains("vectored-wait (s3a)", "p99.9");
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

package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.results.Counter;
import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.IterationIo;
import io.berth.model.results.OutsideCalls;
import io.berth.model.results.OutsideCalls.Caller;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CountersTest {

    @Test
    void theKernelsFilesAreUnderstood() {
        assertThat(Counters.parseIo("rchar: 323934931\nwchar: 323929600\nread_bytes: 0\n"))
                .containsEntry("rchar", 323934931L)
                .containsEntry("read_bytes", 0L);
        assertThat(Counters.majorFaults("42 (a ) name) S 1 42 42 0 -1 4194560 100 0 17 0 5 6"))
                .isEqualTo(17);
    }

    @Test
    void whatThisProcessReadsIsSeen() throws Exception {
        Counters before = Counters.ofThisProcess();
        byte[] read = java.nio.file.Files.readAllBytes(java.nio.file.Path.of("/proc/self/stat"));

        assertThat(Counters.ofThisProcess().since(before))
                .filteredOn(counter -> counter.name().equals("rchar"))
                .singleElement()
                .satisfies(counter -> {
                    assertThat(counter.source()).isEqualTo("process");
                    assertThat(counter.value()).isGreaterThanOrEqualTo(read.length);
                });
    }

    @Test
    void countersOfProcessesAddUp() {
        Counters sum = Counters.ofThisProcess();
        sum.addAll(sum);

        assertThat(sum.since(new Counters()))
                .filteredOn(counter -> counter.name().equals("rchar"))
                .singleElement()
                .extracting(Counter::value)
                .satisfies(value -> assertThat(value).isPositive());
    }

    @Test
    void callsBelongToTheIterationInWhichTheyHappenedAndToAStepOnlyIfItIsThatIterations() {
        ProbeTotals before = totals(call("0", "write", 3), call("1", "read", 1));
        // A thread of a pool that was started in iteration 0, and still carries its properties.
        ProbeTotals after = totals(call("0", "write", 5), call("1", "read", 8));

        IterationIo io = after.since(before, 1);

        assertThat(io.outside())
                .containsExactly(
                        new OutsideCalls(
                                Caller.DRIVER, Optional.empty(), "file", IoCategory.READ, new IoCost(2, 20, 200)),
                        new OutsideCalls(
                                Caller.DRIVER, Optional.of("read"), "file", IoCategory.READ, new IoCost(7, 70, 700)));
        assertThat(io.cost().nanos(100)).isEqualTo(5000);
    }

    private static ProbeTotals totals(OutsideIo... driver) {
        return new ProbeTotals(List.of(driver), List.of(), 50, 0, new Counters());
    }

    private static OutsideIo call(String iteration, String step, long calls) {
        return new OutsideIo(
                Optional.of(iteration),
                Optional.of(step),
                Optional.empty(),
                Optional.empty(),
                "file",
                IoCategory.READ,
                new IoCost(calls, 10 * calls, 100 * calls));
    }
}

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

        assertThat(Counters.ofThisProcess().since(before, new Counters()))
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

        assertThat(sum.since(new Counters(), new Counters()))
                .filteredOn(counter -> counter.name().equals("rchar"))
                .singleElement()
                .extracting(Counter::value)
                .satisfies(value -> assertThat(value).isPositive());
    }

    @Test
    void whatAProcessCountedBeforeItWasFirstSeenIsNotTheIterations() {
        Counters before = Counters.ofThisProcess().of("driver");
        Counters executor = Counters.ofThisProcess().of("1");
        Counters after = before.copy();
        after.addAll(executor);

        assertThat(after.since(before, new Counters())).isNotEmpty();
        assertThat(after.since(before, executor)).isEmpty();
    }

    @Test
    void theNfsClientOfANodeIsCountedOnceHoweverManyProcessesSeeIt() {
        Counters before = new Counters();
        before.addNfs("node1", mountstats(10, 3, 20));
        Counters first = new Counters();
        first.addNfs("node1", mountstats(14, 5, 90));
        Counters second = new Counters();
        second.addNfs("node1", mountstats(15, 6, 100));
        Counters elsewhere = new Counters();
        elsewhere.addNfs("node2", mountstats(7, 3, 9));
        Counters elsewhereAtFirst = new Counters();
        elsewhereAtFirst.addNfs("node2", mountstats(6, 2, 7));

        Counters all = new Counters();
        List.of(first, second, elsewhere).forEach(all::addAll);

        // The second node came later, and had served others before.
        assertThat(all.since(before, elsewhereAtFirst))
                .contains(
                        new Counter("nfs", "requests", 5 + 1 + 2),
                        new Counter("nfs", "queueMillis", 3 + 1),
                        new Counter("nfs", "rttMillis", 80 + 2 + 1))
                .noneMatch(counter -> counter.name().equals("timeouts"));
    }

    /** As Linux 6.1 writes it; the mount is there twice, and {@code WRITE} has no requests but on the second node. */
    private static String mountstats(int reads, int queue, int rtt) {
        String mount = """
                device filer:/export mounted on %s with fstype nfs4 statvers=1.1
                \topts:\trw,vers=4.2,rsize=1048576,wsize=1048576,proto=tcp,nconnect=4
                \tage:\t3600
                \tevents:\t1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27
                \tbytes:\t4096 0 0 0 4096 0 1 0
                \tRPC iostats version: 1.1  p/v: 100003/4 (nfs)
                \txprt:\ttcp 0 0 2 0 30 10 10 0 10 0 2 0 0
                \tper-op statistics
                \t        NULL: 1 1 0 44 24 0 0 0 0
                \t        READ: %d %d 0 1440 1320 %d %d %d 0
                \t       WRITE: %s
                """;
        String write = reads == 7 ? "2 2 0 9 9 0 1 1 0" : "0 0 0 0 0 0 0 0 0";
        return "device sysfs mounted on /sys with fstype sysfs\n"
                + mount.formatted("/data", reads, reads, queue, rtt, queue + rtt, write)
                + "\n"
                + mount.formatted("/also", reads, reads, queue, rtt, queue + rtt, write);
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
        return new ProbeTotals(List.of(driver), List.of(), 50, 0, new Counters(), new Counters());
    }

    private static OutsideIo call(String iteration, String step, long calls) {
        return new OutsideIo(
                true,
                Optional.of(iteration),
                Optional.of(step),
                Optional.empty(),
                Optional.empty(),
                "file",
                IoCategory.READ,
                new IoCost(calls, 10 * calls, 100 * calls));
    }
}

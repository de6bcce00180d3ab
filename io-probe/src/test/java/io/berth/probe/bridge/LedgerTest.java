package io.berth.probe.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated
final class LedgerTest {
    private static final int READ = Cells.cell(Schemes.FILE, 1);
    private static final int WAIT = Cells.cell(Schemes.LOCAL, 8);

    @AfterEach
    void backToExact() {
        Bridge.mode(Bridge.EXACT);
        Ledger.current().endTask();
        Outside.unlabelled();
    }

    @Test
    void onlyTheOutermostCallCounts() {
        Account account = Ledger.current().beginTask(Label.NONE);

        Ledger outer = Ledger.enter();
        Ledger inner = Ledger.enter();
        Ledger.exit(inner, READ, 7);
        Ledger.exit(outer, READ, 100);

        assertThat(inner).isNull();
        assertThat(account.calls(READ)).isEqualTo(1);
        assertThat(account.bytes(READ)).isEqualTo(100);
    }

    @Test
    void theEndOfAFileMovesNoBytes() {
        Account account = Ledger.current().beginTask(Label.NONE);

        Ledger.exit(Ledger.enter(), READ, -1);

        assertThat(account.calls(READ)).isEqualTo(1);
        assertThat(account.bytes(READ)).isZero();
    }

    @Test
    void aCallThatNeverEndedDoesNotSilenceTheNextTask() {
        Ledger.current().beginTask(Label.NONE);
        assertThat(Ledger.enter()).isNotNull();

        Account next = Ledger.current().beginTask(Label.NONE);
        Ledger.exit(Ledger.enter(), READ, 1);

        assertThat(next.calls(READ)).isEqualTo(1);
    }

    @Test
    void aWaitDoesNotCountTheCallsInsideIt() {
        Account account = Ledger.current().beginTask(Label.NONE);

        long started = System.nanoTime();
        long entered = Ledger.enterAround();
        Ledger read = Ledger.enter();
        LockSupport.parkNanos(20_000_000);
        Ledger.exit(read, READ, 1);
        Ledger.exitAround(entered, WAIT);
        long elapsed = System.nanoTime() - started;

        assertThat(account.nanos(READ)).isGreaterThan(10_000_000);
        assertThat(account.nanos(READ) + account.nanos(WAIT)).isLessThanOrEqualTo(elapsed);
    }

    @Test
    void aScopeReplacesTheCategoryAndEndsWithIt() {
        Purpose.replace(Purpose.SPILL, 1, 9);
        Account account = Ledger.current().beginTask(Label.NONE);

        int before = Ledger.enterScope(Purpose.SPILL);
        Ledger.exit(Ledger.enter(), READ, 3);
        Ledger.exitScope(before);
        Ledger.exit(Ledger.enter(), READ, 5);

        assertThat(account.bytes(Cells.cell(Schemes.FILE, 9))).isEqualTo(3);
        assertThat(account.bytes(READ)).isEqualTo(5);
        Purpose.replace(Purpose.SPILL, 1, 1);
    }

    @Test
    void callsOfThreadsWithoutATaskOutliveTheThread() throws Exception {
        Label label = new Label(null, "outside", null, null, true);
        Outside.labelBy(() -> Thread.currentThread().getName().equals("driver-like") ? label : Label.NONE);
        Thread thread = new Thread(() -> Ledger.exit(Ledger.enter(), READ, 11), "driver-like");
        thread.start();
        thread.join();

        List<Account> accounts = Outside.costs();

        assertThat(accounts)
                .filteredOn(account -> account.label().equals(label))
                .singleElement()
                .satisfies(account -> assertThat(account.bytes(READ)).isEqualTo(11));
        assertThat(Outside.costs()).hasSameSizeAs(accounts);
    }

    @Test
    void aDriverThatRunsForMonthsRemembersItsLatestExecutionsAndTheSumOfTheOthers() {
        int executions = 100_000;
        AtomicInteger execution = new AtomicInteger();
        Outside.labelBy(() -> new Label("months", "all", null, String.valueOf(execution.get()), true));
        for (; execution.get() < executions; execution.incrementAndGet()) {
            Ledger.exit(Ledger.enter(), READ, 2);
        }

        List<Account> costs = Outside.costs().stream()
                .filter(account -> "months".equals(account.label().iteration()))
                .toList();

        // Two more: all older ones together, and the one that the thread has now.
        assertThat(costs.size()).isLessThanOrEqualTo(Outside.LABELS + 2);
        assertThat(costs.stream().mapToLong(account -> account.calls(READ)).sum())
                .isEqualTo(executions);
        assertThat(costs.stream().mapToLong(account -> account.bytes(READ)).sum())
                .isEqualTo(2L * executions);
        assertThat(costs)
                .extracting(account -> account.label().execution())
                .contains(Label.OLDER, String.valueOf(executions - 1), String.valueOf(executions - 500));
        assertThat(Outside.latencies())
                .filteredOn(account -> "months".equals(account.label().iteration()))
                .singleElement()
                .satisfies(account -> assertThat(Arrays.stream(Objects.requireNonNull(account.latencies(READ)))
                                .sum())
                        .isEqualTo(executions));
    }

    @Test
    void theReadsInsideOfAWaitAreTakenOffItInSampledModeToo() {
        Bridge.mode(Bridge.SAMPLED);
        Account account = Ledger.current().beginTask(Label.NONE);
        for (int i = 0; i < 2 * Sampler.TIMED_FIRST; i++) {
            Ledger.exit(Ledger.enter(), READ, 0);
        }
        long before = account.nanos(READ);

        long started = System.nanoTime();
        long entered = Ledger.enterAround();
        long read = 0;
        for (int i = 0; i < 500; i++) {
            Ledger ledger = Ledger.enter();
            long startedReading = System.nanoTime();
            LockSupport.parkNanos(100_000);
            read += System.nanoTime() - startedReading;
            Ledger.exit(ledger, READ, 1);
        }
        Ledger.exitAround(entered, WAIT);
        long elapsed = System.nanoTime() - started;

        assertThat(account.nanos(READ) - before).isBetween(read, elapsed);
        assertThat(account.nanos(READ) - before + account.nanos(WAIT)).isBetween(read, elapsed);
        assertThat(account.nanos(WAIT)).isLessThanOrEqualTo(elapsed - read);
    }

    @Test
    void switchedOffNothingCounts() {
        Account account = Ledger.current().beginTask(Label.NONE);
        Bridge.mode(Bridge.OFF);

        Ledger.exit(Ledger.enter(), READ, 1);
        Ledger.exitAround(Ledger.enterAround(), WAIT);
        Ledger.bytes(READ, 1);

        assertThat(account.calls(READ) + account.calls(WAIT)).isZero();
        assertThat(account.bytes(READ)).isZero();
    }

    @Test
    void sampledCallsAreAllCounted() {
        Bridge.mode(Bridge.SAMPLED);
        Account account = Ledger.current().beginTask(Label.NONE);

        for (int i = 0; i < 100_000; i++) {
            Ledger.exit(Ledger.enter(), READ, 3);
        }
        Ledger slow = Ledger.enter();
        LockSupport.parkNanos(100_000_000);
        Ledger.exit(slow, READ, 3);

        assertThat(account.calls(READ)).isEqualTo(100_001);
        assertThat(account.bytes(READ)).isEqualTo(300_003);
        assertThat(account.nanos(READ)).isGreaterThan(50_000_000);
    }
}

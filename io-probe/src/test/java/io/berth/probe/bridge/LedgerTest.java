package io.berth.probe.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
        Label label = new Label(null, "outside", null, null);
        Outside.labelBy(() -> Thread.currentThread().getName().equals("driver-like") ? label : Label.NONE);
        Thread thread = new Thread(() -> Ledger.exit(Ledger.enter(), READ, 11), "driver-like");
        thread.start();
        thread.join();

        List<Account> accounts = Outside.accounts();

        assertThat(accounts)
                .filteredOn(account -> account.label().equals(label))
                .singleElement()
                .satisfies(account -> assertThat(account.bytes(READ)).isEqualTo(11));
        assertThat(Outside.accounts()).hasSameSizeAs(accounts);
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

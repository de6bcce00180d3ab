package io.berth.probe;

import io.berth.probe.bridge.Cells;
import io.berth.probe.bridge.Label;
import io.berth.probe.bridge.Ledger;
import io.berth.probe.bridge.Schemes;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;

/**
 * What a storage call costs more for being counted, in this process and in the mode that is on. CPU time, because others
 * may use the machine, too; in a loop, so that misses of the processor's caches are not in it.
 */
final class Calibration {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int CALLS = 10_000;
    /** Enough for the compiler to have done its work. */
    private static final int ROUNDS = 30;

    private static final int COUNTED_ROUNDS = 9;

    private Calibration() {}

    /** Takes some 20 ms. To be called on a thread that runs no task. */
    static double nanosPerCall() {
        double[] nanos = new double[ROUNDS];
        Ledger.current().beginTask(Label.NONE);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                long started = THREADS.getCurrentThreadCpuTime();
                calls();
                nanos[round] = (double) (THREADS.getCurrentThreadCpuTime() - started) / CALLS;
            }
        } finally {
            Ledger.current().endTask();
        }
        double[] counted = Arrays.copyOfRange(nanos, ROUNDS - COUNTED_ROUNDS, ROUNDS);
        Arrays.sort(counted);
        return counted[COUNTED_ROUNDS / 2];
    }

    private static void calls() {
        int cell = Cells.cell(Schemes.FILE, 1);
        for (int i = 0; i < CALLS; i++) {
            Ledger.exit(Ledger.enter(), cell, i);
        }
    }
}

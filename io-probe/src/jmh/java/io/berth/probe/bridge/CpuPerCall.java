package io.berth.probe.bridge;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * The CPU time of one call, for machines that others use too: there JMH's wall time says how busy they are. Prints the
 * median of several rounds for each mode, and for two bare reads of the clock.
 */
public final class CpuPerCall {
    private static final int CALLS = 5_000_000;
    private static final int ROUNDS = 15;
    private static final int READ = Cells.cell(Schemes.FILE, 1);

    private CpuPerCall() {}

    public static void main(String[] arguments) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        Ledger.current().beginTask(Label.NONE);
        Map<String, double[]> rounds = new TreeMap<>();
        for (int round = -5; round < ROUNDS; round++) {
            for (String mode : new String[] {"clock", "exact", "off", "sampled"}) {
                Bridge.mode(
                        switch (mode) {
                            case "exact" -> Bridge.EXACT;
                            case "sampled" -> Bridge.SAMPLED;
                            default -> Bridge.OFF;
                        });
                long started = threads.getCurrentThreadCpuTime();
                long sum = mode.equals("clock") ? clock() : calls();
                double nanos = (double) (threads.getCurrentThreadCpuTime() - started) / CALLS;
                if (round >= 0 && sum != 42) {
                    rounds.computeIfAbsent(mode, missing -> new double[ROUNDS])[round] = nanos;
                }
            }
        }
        rounds.forEach((mode, nanos) -> {
            Arrays.sort(nanos);
            System.out.printf("%-8s %5.1f ns CPU per call (%.1f to %.1f)%n", mode, nanos[ROUNDS / 2], nanos[0], nanos[ROUNDS - 1]);
        });
    }

    private static long calls() {
        for (int i = 0; i < CALLS; i++) {
            Ledger.exit(Ledger.enter(), READ, i);
        }
        return 0;
    }

    private static long clock() {
        long sum = 0;
        for (int i = 0; i < CALLS; i++) {
            sum += System.nanoTime() - System.nanoTime();
        }
        return sum;
    }
}

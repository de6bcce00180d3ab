package io.berth.probe.bridge;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the probe adds to one storage call of a task: the code that the agent copies around it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(2)
public class LedgerBenchmark {
    private static final int READ = Cells.cell(Schemes.FILE, 1);

    /** A mode of {@link Bridge}: off, exact, sampled. */
    @Param({"off", "exact", "sampled"})
    public String mode = "exact";

    private int bytes = 4096;

    /** Starts a task on the benchmark's thread. */
    @Setup
    public void begin() {
        Bridge.mode(
                switch (mode) {
                    case "off" -> Bridge.OFF;
                    case "exact" -> Bridge.EXACT;
                    case "sampled" -> Bridge.SAMPLED;
                    default -> throw new IllegalArgumentException(mode);
                });
        Ledger.current().beginTask(Label.NONE);
        // The histogram's array is made at the first call of a kind in a task, and never again.
        Ledger.exit(Ledger.enter(), READ, bytes);
    }

    /** An outermost call. */
    @Benchmark
    public void call() {
        Ledger ledger = Ledger.enter();
        Ledger.exit(ledger, READ, bytes);
    }

    /** A call inside another one. */
    @Benchmark
    public void nested() {
        Ledger outer = Ledger.enter();
        Ledger inner = Ledger.enter();
        Ledger.exit(inner, READ, bytes);
        Ledger.exit(outer, READ, bytes);
    }
}

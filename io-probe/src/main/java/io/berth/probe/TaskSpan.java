package io.berth.probe;

import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.TaskIo;
import io.berth.probe.agent.Categories;
import io.berth.probe.bridge.Account;
import io.berth.probe.bridge.Cells;
import io.berth.probe.bridge.Label;
import io.berth.probe.bridge.Ledger;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/**
 * One task attempt, from the plugin's start hook to Spark's completion listeners. Spark runs those last-in first-out, so
 * the first one added runs after the readers have closed, and before accumulators are collected.
 */
final class TaskSpan implements TaskCompletionListener {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final TaskIoAccumulator accumulator;
    private final ExecutorReports reports;
    private final Account account;
    private final OptionalLong runQueueNanosAtStart;
    private final long cpuNanosAtStart;
    private final long startedNanos;

    TaskSpan(TaskContext task, TaskIoAccumulator accumulator, ExecutorReports reports) {
        this.accumulator = accumulator;
        this.reports = reports;
        account = Ledger.current()
                .beginTask(new Label(
                        task.getLocalProperty(LocalProperties.ITERATION),
                        task.getLocalProperty(LocalProperties.STEP),
                        null,
                        null,
                        false));
        runQueueNanosAtStart = RunQueue.nanos();
        cpuNanosAtStart = THREADS.getCurrentThreadCpuTime();
        startedNanos = System.nanoTime();
    }

    @Override
    public void onTaskCompletion(TaskContext task) {
        long endedNanos = System.nanoTime();
        long wallNanos = endedNanos - startedNanos;
        long cpuNanos = THREADS.getCurrentThreadCpuTime() - cpuNanosAtStart;
        OptionalLong runQueueNanos = RunQueue.nanos();
        Ledger.current().endTask();
        accumulator.add(new TaskIo(
                wallNanos,
                cpuNanos,
                runQueueNanos.isPresent() && runQueueNanosAtStart.isPresent()
                        ? OptionalLong.of(runQueueNanos.getAsLong() - runQueueNanosAtStart.getAsLong())
                        : OptionalLong.empty(),
                costs(account)));
        reports.taskEnded(account);
        reports.spent(System.nanoTime() - endedNanos);
    }

    /** The sums over all schemes. */
    static Map<IoCategory, IoCost> costs(Account account) {
        Map<IoCategory, IoCost> costs = new EnumMap<>(IoCategory.class);
        for (int cell = 0; cell < Cells.COUNT; cell++) {
            if (account.calls(cell) != 0) {
                costs.merge(
                        Categories.of(cell),
                        new IoCost(account.calls(cell), account.nanos(cell), account.bytes(cell)),
                        IoCost::plus);
            }
        }
        return costs;
    }
}

package io.berth.probe;

import io.berth.probe.bridge.Account;
import io.berth.probe.bridge.Bridge;
import io.berth.probe.bridge.Cells;
import io.berth.probe.bridge.Outside;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.plugin.PluginContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects what the tasks of one executor leave behind and sends it to the driver, on a thread of its own, because a task
 * must not wait for it: at most a tenth of a second after the last running task has ended, and every second while tasks run.
 */
final class ExecutorReports {
    private static final Logger LOG = LoggerFactory.getLogger(ExecutorReports.class);
    private static final long PAUSE_MILLIS = 100;
    private static final long PAUSE_NANOS_WHILE_TASKS_RUN =
            Duration.ofSeconds(1).toNanos();

    private final PluginContext context;
    private final Latencies latencies = new Latencies();
    private final double nanosPerCall;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "berth-io-probe-reports");
        thread.setDaemon(true);
        return thread;
    });
    private int running;
    private long tasks;
    private long sentTasks;
    private long taskNanos;
    private long sentNanos;

    ExecutorReports(PluginContext context, double nanosPerCall) {
        this.context = context;
        this.nanosPerCall = nanosPerCall;
    }

    /** Sends a first report, and others from now on. */
    @SuppressWarnings("FutureReturnValueIgnored") // ends with the timer, and nothing it does fails
    void start() {
        send();
        timer.scheduleWithFixedDelay(this::sendIfDue, PAUSE_MILLIS, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Sends a last report. */
    void stop() {
        timer.shutdown();
        send();
    }

    synchronized void taskStarted() {
        running++;
    }

    /** The probe's own time at the start or the end of a task. */
    synchronized void spent(long nanos) {
        taskNanos += nanos;
    }

    synchronized void taskEnded(Account account) {
        running--;
        tasks++;
        latencies.add(account);
    }

    private synchronized void sendIfDue() {
        if (running == 0 ? tasks != sentTasks : System.nanoTime() - sentNanos >= PAUSE_NANOS_WHILE_TASKS_RUN) {
            send();
        }
    }

    synchronized void send() {
        sentNanos = System.nanoTime();
        sentTasks = tasks;
        try {
            context.send(new ExecutorReport(
                    context.executorID(),
                    Bridge.isInstrumented(),
                    tasks,
                    latencies.drain(),
                    outside(),
                    Bridge.notTransformed(),
                    nanosPerCall,
                    taskNanos,
                    inDriver() ? new Counters() : Counters.ofThisProcess()));
        } catch (IOException | RuntimeException e) {
            // The driver is gone, or going; the application must not notice.
            LOG.warn("Histograms of storage calls could not be sent to the driver", e);
        }
    }

    // In local mode the driver looks at its own process itself, and knows labels too.
    private List<ExecutorReport.Outside> outside() {
        List<ExecutorReport.Outside> all = new ArrayList<>();
        if (!inDriver()) {
            for (Account account : Outside.costs()) {
                for (int cell = 0; cell < Cells.COUNT; cell++) {
                    if (account.calls(cell) != 0) {
                        all.add(new ExecutorReport.Outside(
                                cell, account.calls(cell), account.nanos(cell), account.bytes(cell)));
                    }
                }
            }
        }
        return all;
    }

    private boolean inDriver() {
        return context.executorID().equals("driver");
    }
}

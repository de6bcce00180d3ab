package io.berth.probe;

import io.berth.probe.bridge.Account;
import io.berth.probe.bridge.Bridge;
import io.berth.probe.bridge.Cells;
import io.berth.probe.bridge.Outside;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.plugin.PluginContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects what the tasks of one executor leave behind and sends it to the driver: when the last running task ends, so
 * that nothing is outstanding when a stage is done, and at least every second while others run.
 */
final class ExecutorReports {
    private static final Logger LOG = LoggerFactory.getLogger(ExecutorReports.class);
    private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

    private final PluginContext context;
    private final Latencies latencies = new Latencies();
    private final double nanosPerCall;
    private int running;
    private long taskNanos;
    private long sentNanos = System.nanoTime();

    ExecutorReports(PluginContext context, double nanosPerCall) {
        this.context = context;
        this.nanosPerCall = nanosPerCall;
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
        latencies.add(account);
        if (running == 0 || System.nanoTime() - sentNanos > PAUSE_NANOS) {
            send();
        }
    }

    synchronized void send() {
        sentNanos = System.nanoTime();
        try {
            context.send(new ExecutorReport(
                    context.executorID(),
                    Bridge.isInstrumented(),
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

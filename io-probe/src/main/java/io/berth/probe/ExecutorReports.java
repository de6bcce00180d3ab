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
    private int running;
    private long sentNanos = System.nanoTime();

    ExecutorReports(PluginContext context) {
        this.context = context;
    }

    synchronized void taskStarted() {
        running++;
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
                    Bridge.notTransformed()));
        } catch (IOException | RuntimeException e) {
            // The driver is gone, or going; the application must not notice.
            LOG.warn("Histograms of storage calls could not be sent to the driver", e);
        }
    }

    // In local mode the driver looks at its own process itself, and knows labels too.
    private List<ExecutorReport.Outside> outside() {
        List<ExecutorReport.Outside> all = new ArrayList<>();
        if (!context.executorID().equals("driver")) {
            for (Account account : Outside.accounts()) {
                for (int cell = 0; cell < Cells.COUNT; cell++) {
                    if (account.calls(cell) != 0) {
                        all.add(new ExecutorReport.Outside(
                                cell, account.calls(cell), account.nanos(cell), account.bytes(cell)));
                    }
                }
            }
        }
        return new ArrayList<>(all);
    }
}

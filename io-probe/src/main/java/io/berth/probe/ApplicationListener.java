package io.berth.probe;

import io.berth.model.results.TaskIo;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Adds up Spark's events and, at the last one, tells what was seen. */
final class ApplicationListener extends SparkListener {
    private static final Logger LOG = LoggerFactory.getLogger(ApplicationListener.class);

    private static final Duration REPORT_PATIENCE = Duration.ofSeconds(2);

    private final IoProbe probe;
    private final ProbeConf conf;
    private final Summary summary = new Summary();

    ApplicationListener(IoProbe probe, ProbeConf conf) {
        this.probe = probe;
        this.conf = conf;
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted event) {
        summary.stage(
                event.stageInfo().stageId(),
                event.stageInfo().attemptNumber(),
                event.stageInfo().name());
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart event) {
        probe.taskStarted();
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd event) {
        Optional<TaskIo> seen = ProbedTask.of(event);
        if (ProbedTask.neverRan(event)) {
            probe.taskNeverRan();
        } else {
            probe.taskEnded(event.taskInfo().executorId(), seen.isPresent());
        }
        seen.ifPresent(io -> summary.task(
                event.stageId(), event.stageAttemptId(), event.taskInfo().successful(), io));
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved event) {
        probe.executorRemoved(event.executorId());
    }

    @Override
    @SuppressWarnings("SystemOut") // the summary is for the person at the terminal, whatever the log level is
    public void onApplicationEnd(SparkListenerApplicationEnd event) {
        try {
            probe.awaitReports(REPORT_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.err.print(summary.text(probe));
        conf.output().ifPresent(file -> {
            try {
                summary.writeJson(probe, file);
            } catch (IOException e) {
                LOG.warn("The summary of storage calls could not be written to {}", file, e);
            }
        });
    }
}

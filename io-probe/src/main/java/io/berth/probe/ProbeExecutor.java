package io.berth.probe;

import io.berth.probe.bridge.Bridge;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;

/** Opens a {@link TaskSpan} for every task, if the driver said so and an agent runs in this process. */
final class ProbeExecutor implements ExecutorPlugin {
    /** Key of the driver's accumulator in the map that Spark hands from driver to executor plugins. */
    static final String ACCUMULATOR = "accumulator";

    /** Key of {@link ProbeConf.Mode}. */
    static final String MODE = "mode";

    private Optional<Enabled> enabled = Optional.empty();

    /** Spark wants a copy of the accumulator deserialised in each task: only so it registers with that task. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Enabled(byte[] accumulator, ExecutorReports reports) {}

    @Override
    public void init(PluginContext context, Map<String, String> fromDriver) {
        String accumulator = fromDriver.get(ACCUMULATOR);
        if (accumulator == null) {
            Bridge.mode(Bridge.OFF);
        } else if (Bridge.isInstrumented()) {
            ProbeConf.Mode.of(fromDriver.getOrDefault(MODE, ProbeConf.Mode.EXACT.label()))
                    .begin();
            ExecutorReports reports = new ExecutorReports(context, Calibration.nanosPerCall());
            // What this process did before is none of the application's doing.
            reports.start();
            enabled = Optional.of(new Enabled(Base64.getDecoder().decode(accumulator), reports));
        } else {
            new ExecutorReports(context, 0).send();
        }
    }

    @Override
    public void onTaskStart() {
        enabled.ifPresent(probe -> {
            long started = System.nanoTime();
            TaskIoAccumulator accumulator = copyOf(probe.accumulator);
            probe.reports.taskStarted();
            TaskContext task = TaskContext.get();
            task.addTaskCompletionListener(new TaskSpan(task, accumulator, probe.reports));
            probe.reports.spent(System.nanoTime() - started);
        });
    }

    @Override
    public void shutdown() {
        enabled.ifPresent(probe -> probe.reports.stop());
    }

    private static TaskIoAccumulator copyOf(byte[] serialized) {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(serialized))) {
            return (TaskIoAccumulator) in.readObject();
        } catch (IOException | ClassNotFoundException e) {
            throw new IllegalStateException("the accumulator that the driver sent can't be read", e);
        }
    }
}

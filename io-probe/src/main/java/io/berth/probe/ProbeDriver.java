package io.berth.probe;

import io.berth.probe.bridge.Bridge;
import io.berth.probe.bridge.Label;
import io.berth.probe.bridge.Outside;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** The driver's half: hands the accumulator to the executors and collects what they report. */
final class ProbeDriver implements DriverPlugin {
    private Optional<IoProbe> probe = Optional.empty();

    @Override
    public Map<String, String> init(SparkContext spark, PluginContext context) {
        ProbeConf conf = ProbeConf.of(spark.conf());
        if (!conf.enabled()) {
            Bridge.mode(Bridge.OFF);
            return Map.of();
        }
        conf.mode().begin();
        TaskIoAccumulator accumulator = new TaskIoAccumulator();
        // Not SparkContext.register: that one drops the values of failed tasks.
        accumulator.register(spark, Option.apply(TaskIoAccumulator.NAME), true);
        Outside.labelBy(() -> label(spark));
        IoProbe started = IoProbe.start(spark, accumulator);
        probe = Optional.of(started);
        spark.addSparkListener(new ApplicationListener(started, conf));
        return Map.of(
                ProbeExecutor.ACCUMULATOR,
                serialized(accumulator),
                ProbeExecutor.MODE,
                conf.mode().label());
    }

    @Override
    public @Nullable Object receive(Object message) {
        if (message instanceof ExecutorReport report) {
            probe.ifPresent(probe -> probe.receive(report));
        }
        return null;
    }

    /** Else a driver that starts another application would go on asking a context that was stopped. */
    @Override
    public void shutdown() {
        probe.ifPresent(IoProbe::stop);
        Outside.unlabelled();
    }

    private static Label label(SparkContext spark) {
        return DriverThreads.own(Thread.currentThread())
                ? new Label(
                        property(spark, LocalProperties.ITERATION),
                        property(spark, LocalProperties.STEP),
                        property(spark, LocalProperties.JOB_GROUP),
                        property(spark, LocalProperties.EXECUTION),
                        true)
                : Label.NONE;
    }

    private static @Nullable String property(SparkContext spark, String name) {
        return spark.getLocalProperty(name);
    }

    private static String serialized(TaskIoAccumulator accumulator) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(accumulator);
        } catch (IOException e) {
            throw new IllegalStateException("the accumulator can't be serialised", e);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}

package io.berth.probe;

import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * The I/O probe as a Spark plugin: {@code spark.plugins=io.berth.probe.IoProbePlugin}, together with the agent in the same
 * jar. See docs/io-probe.md. It adds to the application's event log and to its standard error, and changes nothing else.
 */
public final class IoProbePlugin implements SparkPlugin {
    /** For Spark. */
    public IoProbePlugin() {}

    @Override
    public DriverPlugin driverPlugin() {
        return new ProbeDriver();
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new ProbeExecutor();
    }
}

package io.berth.runner.plan;

import java.util.Map;
import java.util.TreeMap;

/**
 * The Spark settings of every trial, all in one place. A workload definition's settings win over these, a suite's over
 * the definition's.
 */
final class SparkDefaults {
    private static final String PROBE = "io.berth.probe.IoProbePlugin";

    private SparkDefaults() {}

    /**
     * Of trials on a master. Executors of a cluster reach the driver by this machine's name, as Spark finds it out; on
     * Kubernetes the submitter says where it is.
     */
    static Map<String, String> conf(String master) {
        Map<String, String> conf = new TreeMap<>();
        // Stages are compared over profiles, so they must not depend on sizes seen at run time.
        conf.put("spark.sql.adaptive.enabled", "false");
        conf.put("spark.sql.shuffle.partitions", "8");
        // executorRunTime is multiplied by it.
        conf.put("spark.task.cpus", "1");
        conf.put("spark.driver.memory", "1g");
        if (master.startsWith("local")) {
            conf.put("spark.driver.host", "127.0.0.1");
            conf.put("spark.driver.bindAddress", "127.0.0.1");
        }
        // A web server that nobody looks at, and I/O that isn't the workload's.
        conf.put("spark.ui.enabled", "false");
        conf.put("spark.eventLog.enabled", "false");
        // A lost listener event is a lost stage; the default of 10,000 is small for many short tasks.
        conf.put("spark.scheduler.listenerbus.eventqueue.capacity", "100000");
        // Times storage calls per task. An empty value leaves out the probe's agent, too.
        conf.put("spark.plugins", PROBE);
        // Tuning axes, pinned to what Hadoop and Parquet do by default or did for the longest time.
        conf.put("spark.hadoop.fs.s3a.input.stream.type", "classic");
        conf.put("spark.hadoop.parquet.hadoop.vectored.io.enabled", "false");
        conf.put("spark.sql.session.timeZone", "UTC");
        return conf;
    }
}

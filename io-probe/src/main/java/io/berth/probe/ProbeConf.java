package io.berth.probe;

import java.nio.file.Path;
import java.util.Optional;
import org.apache.spark.SparkConf;

/**
 * The probe's settings in Spark's conf.
 *
 * @param enabled {@code spark.berth.probe.enabled}, true by default
 * @param output  {@code spark.berth.probe.output}: a file on the driver that receives the summary as JSON
 */
record ProbeConf(boolean enabled, Optional<Path> output) {
    static final String ENABLED = "spark.berth.probe.enabled";
    static final String OUTPUT = "spark.berth.probe.output";

    static ProbeConf of(SparkConf conf) {
        return new ProbeConf(
                conf.getBoolean(ENABLED, true),
                conf.contains(OUTPUT) ? Optional.of(Path.of(conf.get(OUTPUT))) : Optional.empty());
    }
}

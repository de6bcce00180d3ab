package io.berth.probe;

import io.berth.probe.bridge.Bridge;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.SparkConf;

/**
 * The probe's settings in Spark's conf.
 *
 * @param enabled {@code spark.berth.probe.enabled}, true by default
 * @param mode    {@code spark.berth.probe.mode}, exact by default
 * @param output  {@code spark.berth.probe.output}: a file on the driver that receives the summary as JSON
 */
record ProbeConf(boolean enabled, Mode mode, Optional<Path> output) {
    static final String ENABLED = "spark.berth.probe.enabled";
    static final String MODE = "spark.berth.probe.mode";
    static final String OUTPUT = "spark.berth.probe.output";

    /** How calls are timed; see {@link io.berth.probe.bridge.Ledger}. */
    enum Mode {
        EXACT,
        SAMPLED;

        static Mode of(String name) {
            for (Mode mode : values()) {
                if (mode.label().equals(name)) {
                    return mode;
                }
            }
            throw new IllegalArgumentException(MODE + ": \"" + name + "\" is not a mode (known: exact, sampled)");
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** From now on, in this process. */
        void begin() {
            Bridge.mode(this == EXACT ? Bridge.EXACT : Bridge.SAMPLED);
        }
    }

    static ProbeConf of(SparkConf conf) {
        return new ProbeConf(
                conf.getBoolean(ENABLED, true),
                Mode.of(conf.get(MODE, Mode.EXACT.label())),
                conf.contains(OUTPUT) ? Optional.of(Path.of(conf.get(OUTPUT))) : Optional.empty());
    }
}

package io.berth.model.results;

import java.util.Map;

/**
 * What a trial ran in. Facts decide what may be compared; both maps are free of secrets.
 *
 * @param facts     such as {@code spark.version}, {@code java.version}, {@code os.kernel}, {@code machine.cpus}
 * @param sparkConf the effective Spark conf, secrets redacted
 */
public record Environment(Map<String, String> facts, Map<String, String> sparkConf) {
    public Environment {
        facts = Map.copyOf(facts);
        sparkConf = Map.copyOf(sparkConf);
    }
}

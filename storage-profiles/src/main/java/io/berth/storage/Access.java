package io.berth.storage;

import java.util.List;
import java.util.Map;

/**
 * What every application of a run is given to reach a storage.
 *
 * @param sparkConf   Spark settings, free of secrets
 * @param environment environment of its processes; where secrets travel
 * @param volumes     what its pods mount
 */
public record Access(Map<String, String> sparkConf, Map<String, String> environment, List<PodVolume> volumes) {
    public Access {
        sparkConf = Map.copyOf(sparkConf);
        environment = Map.copyOf(environment);
        volumes = List.copyOf(volumes);
    }

    /** Without the values of the environment, which may be secrets. */
    @Override
    public String toString() {
        return "Access[sparkConf=%s, environment=%s, volumes=%s]".formatted(sparkConf, environment.keySet(), volumes);
    }
}

package io.berth.storage;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.suite.Role;
import java.util.List;
import java.util.Map;

/**
 * How one trial reaches a storage.
 *
 * @param uris           a URI for each role asked for
 * @param outputUri      directory for what the trial writes as {@link Role#DATA}; below the storage, made for this trial
 * @param sparkConf      Spark settings, free of secrets
 * @param environment    environment of the application; where secrets travel
 * @param expectedMounts what the application must prove before it measures
 * @param volumes        what its pods mount
 */
public record Binding(
        Map<Role, String> uris,
        String outputUri,
        Map<String, String> sparkConf,
        Map<String, String> environment,
        List<ExpectedMount> expectedMounts,
        List<PodVolume> volumes) {
    public Binding {
        uris = Map.copyOf(uris);
        sparkConf = Map.copyOf(sparkConf);
        environment = Map.copyOf(environment);
        expectedMounts = List.copyOf(expectedMounts);
        volumes = List.copyOf(volumes);
    }

    /** A storage that no pod has to mount. */
    public Binding(
            Map<Role, String> uris,
            String outputUri,
            Map<String, String> sparkConf,
            Map<String, String> environment,
            List<ExpectedMount> expectedMounts) {
        this(uris, outputUri, sparkConf, environment, expectedMounts, List.of());
    }

    /** Without the values of the environment, which may be secrets. */
    @Override
    public String toString() {
        return "Binding[uris=%s, outputUri=%s, sparkConf=%s, environment=%s, expectedMounts=%s, volumes=%s]"
                .formatted(uris, outputUri, sparkConf, environment.keySet(), expectedMounts, volumes);
    }
}

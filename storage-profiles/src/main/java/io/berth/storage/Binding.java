package io.berth.storage;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.suite.Role;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How one trial reaches a storage.
 *
 * @param uris           a URI for each role asked for
 * @param outputUri      directory for what the trial writes as {@link Role#DATA}; below the storage, made for this trial
 * @param proofUri       directory for nonces, which {@link Storage#nonces} will be asked for; absent if it has none to show
 * @param sparkConf      Spark settings, free of secrets
 * @param environment    environment of the application; where secrets travel
 * @param expectedMounts what the application must prove before it measures
 * @param volumes        what its pods mount
 */
public record Binding(
        Map<Role, String> uris,
        String outputUri,
        Optional<String> proofUri,
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

    /** A directory that every process sees as the runner does. */
    public Binding(Map<Role, String> uris, String outputUri, List<ExpectedMount> expectedMounts) {
        this(uris, outputUri, Optional.empty(), Map.of(), Map.of(), expectedMounts, List.of());
    }

    /** A storage that no pod has to mount. */
    public Binding(
            Map<Role, String> uris,
            String outputUri,
            Optional<String> proofUri,
            Map<String, String> sparkConf,
            Map<String, String> environment) {
        this(uris, outputUri, proofUri, sparkConf, environment, List.of(), List.of());
    }

    /** Without the values of the environment, which may be secrets. */
    @Override
    public String toString() {
        return "Binding[uris=%s, outputUri=%s, proofUri=%s, sparkConf=%s, environment=%s, expectedMounts=%s, volumes=%s]"
                .formatted(uris, outputUri, proofUri, sparkConf, environment.keySet(), expectedMounts, volumes);
    }
}

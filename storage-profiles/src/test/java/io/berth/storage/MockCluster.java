package io.berth.storage;

import io.berth.model.suite.Kubernetes;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The cluster of a run {@code a} whose suite says nothing but the image. */
public final class MockCluster {
    private MockCluster() {}

    public static Cluster of(KubernetesClient client, String namespace) {
        Kubernetes kubernetes = new Kubernetes(
                "localhost/berth:1",
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Map.of(),
                OptionalInt.empty());
        return new Cluster(client, namespace, kubernetes, "a", false);
    }
}

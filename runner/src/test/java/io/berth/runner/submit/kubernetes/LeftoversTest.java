package io.berth.runner.submit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.suite.Kubernetes;
import io.berth.storage.Cluster;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@EnableKubernetesMockClient(crud = true, https = false)
@Timeout(60)
class LeftoversTest {
    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @Test
    void whatCarriesTheRunsLabelIsRemovedAndNothingElse() {
        List.of("mine", "other").forEach(run -> {
            client.resource(new PodBuilder().withMetadata(named(run, "bench")).build())
                    .create();
            client.resource(new ConfigMapBuilder()
                            .withMetadata(named(run, "bench"))
                            .build())
                    .create();
            client.resource(new PersistentVolumeClaimBuilder()
                            .withMetadata(named(run, "bench"))
                            .build())
                    .create();
            GenericKubernetesResource snapshot = new GenericKubernetesResource();
            snapshot.setApiVersion("snapshot.storage.k8s.io/v1");
            snapshot.setKind("VolumeSnapshot");
            snapshot.setMetadata(named(run, "bench"));
            client.genericKubernetesResources(Leftovers.SNAPSHOTS)
                    .inNamespace("bench")
                    .resource(snapshot)
                    .create();
            client.resource(new PersistentVolumeBuilder()
                            .withMetadata(named(run, null))
                            .build())
                    .create();
        });
        client.resource(new PodBuilder()
                        .withMetadata(new ObjectMetaBuilder(named("mine", "elsewhere")).build())
                        .build())
                .create();
        Leftovers leftovers = new Leftovers(cluster());

        assertThat(leftovers.names())
                .containsExactly(
                        "pod/mine",
                        "configmap/mine",
                        "volumesnapshot/mine",
                        "persistentvolumeclaim/mine",
                        "persistentvolume/mine");
        leftovers.remove();

        assertThat(leftovers.names()).isEmpty();
        assertThat(client.pods().inAnyNamespace().list().getItems())
                .extracting(pod -> pod.getMetadata().getNamespace() + "/"
                        + pod.getMetadata().getName())
                .containsExactlyInAnyOrder("bench/other", "elsewhere/mine");
        assertThat(client.configMaps().inNamespace("bench").list().getItems()).hasSize(1);
        assertThat(client.persistentVolumeClaims().inNamespace("bench").list().getItems())
                .hasSize(1);
        assertThat(client.genericKubernetesResources(Leftovers.SNAPSHOTS)
                        .inNamespace("bench")
                        .list()
                        .getItems())
                .hasSize(1);
        assertThat(client.persistentVolumes().list().getItems()).hasSize(1);
    }

    @Test
    void theRunOfAnApplicationGoesOnUntilItsPodsHaveEnded() {
        client.resource(application("ended", "Succeeded")).create();
        assertThat(new Leftovers(cluster()).running()).isEmpty();

        client.resource(application("driver", "Running")).create();
        assertThat(new Leftovers(cluster()).running()).containsExactly("driver");
    }

    private static Pod application(String name, String phase) {
        return new PodBuilder()
                .withMetadata(new ObjectMetaBuilder(named("mine", "bench"))
                        .withName(name)
                        .addToLabels("berth.io/application", "a")
                        .build())
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build();
    }

    private static ObjectMeta named(String run, @org.jspecify.annotations.Nullable String namespace) {
        return new ObjectMetaBuilder()
                .withName(run)
                .withNamespace(namespace)
                .withLabels(Map.of("berth.io/run", run))
                .build();
    }

    private Cluster cluster() {
        Kubernetes kubernetes = new Kubernetes(
                "berth:1",
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
        return new Cluster(client, "bench", kubernetes, "mine", false);
    }
}

package io.berth.runner.lifecycle;

import io.berth.runner.submit.kubernetes.Leftovers;
import io.berth.storage.Cluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpecBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.Map;

/** What the lives of volumes consist of. All of it carries the run's label. */
final class LifeManifests {
    /** Small: what is measured is the volume. As whatever berth asks for, its limit, too. */
    private static final Map<String, Quantity> SIZE =
            Map.of("cpu", new Quantity("25m"), "memory", new Quantity("32Mi"));

    private final Cluster cluster;

    LifeManifests(Cluster cluster) {
        this.cluster = cluster;
    }

    PersistentVolumeClaim claim(String name, PersistentVolumeClaimSpec spec) {
        return new PersistentVolumeClaimBuilder()
                .withMetadata(named(name))
                .withSpec(spec)
                .build();
    }

    /** A claim with the content of a snapshot. */
    PersistentVolumeClaim restored(String name, PersistentVolumeClaimSpec spec, String snapshot, Quantity size) {
        return claim(
                name,
                new PersistentVolumeClaimSpecBuilder(spec)
                        .editOrNewResources()
                        .addToRequests("storage", size)
                        .endResources()
                        .withNewDataSource()
                        .withApiGroup(Leftovers.SNAPSHOTS.getGroup())
                        .withKind(Leftovers.SNAPSHOTS.getKind())
                        .withName(snapshot)
                        .endDataSource()
                        .build());
    }

    /**
     * A pod that mounts a claim and does nothing, until it is told to end.
     *
     * @param seconds how long it may be there at most, should nobody be there any more to remove it
     */
    Pod pod(String name, String claim, long seconds) {
        return new PodBuilder()
                .withMetadata(named(name))
                .withSpec(cluster.podSpec()
                        .withAutomountServiceAccountToken(false)
                        .withActiveDeadlineSeconds(seconds)
                        .addNewVolume()
                        .withName("volume")
                        .withNewPersistentVolumeClaim(claim, false)
                        .endVolume()
                        .addNewContainer()
                        .withName("lifecycle")
                        .withImage(cluster.settings().image())
                        .withImagePullPolicy(
                                cluster.settings().imagePullPolicy().orElse(null))
                        // A shell that waits for a signal and for nothing else would be killed after the grace period.
                        .withCommand("sh", "-c", "trap 'exit 0' TERM; sleep %d & wait".formatted(seconds))
                        .withSecurityContext(cluster.containerSecurity())
                        .withNewResources()
                        .withRequests(SIZE)
                        .withLimits(SIZE)
                        .endResources()
                        .withVolumeMounts(new VolumeMountBuilder()
                                .withName("volume")
                                .withMountPath("/volume")
                                .build())
                        .endContainer()
                        .build())
                .build();
    }

    GenericKubernetesResource snapshot(String name, String claim, String snapshotClass) {
        GenericKubernetesResource snapshot = new GenericKubernetesResource();
        snapshot.setApiVersion(Leftovers.SNAPSHOTS.getGroup() + "/" + Leftovers.SNAPSHOTS.getVersion());
        snapshot.setKind(Leftovers.SNAPSHOTS.getKind());
        snapshot.setMetadata(named(name));
        snapshot.setAdditionalProperty(
                "spec",
                Map.of("volumeSnapshotClassName", snapshotClass, "source", Map.of("persistentVolumeClaimName", claim)));
        return snapshot;
    }

    private ObjectMeta named(String name) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(cluster.namespace())
                .withLabels(cluster.labels())
                .build();
    }
}

package io.berth.runner.lifecycle;

import io.berth.model.volumes.VolumeStep;
import io.berth.runner.submit.kubernetes.Leftovers;
import io.berth.storage.Cluster;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a StorageClass can do with its volumes, as far as the cluster says.
 *
 * @param waits         whether a claim is bound only once a pod uses it
 * @param snapshotClass for the class' volumes; absent if none is made
 * @param unsupported   steps that its volumes don't have, and why
 * @param unmeasured    steps that aren't tried because nobody may say whether its volumes have them, and why
 */
record ClassAbilities(
        boolean waits,
        Optional<String> snapshotClass,
        Map<VolumeStep, String> unsupported,
        Map<VolumeStep, String> unmeasured) {
    static final ResourceDefinitionContext SNAPSHOT_CLASSES = new ResourceDefinitionContext.Builder()
            .withGroup(Leftovers.SNAPSHOTS.getGroup())
            .withVersion(Leftovers.SNAPSHOTS.getVersion())
            .withKind("VolumeSnapshotClass")
            .withPlural("volumesnapshotclasses")
            .withNamespaced(false)
            .build();

    /**
     * Asks for them.
     *
     * @throws KubernetesClientException if the cluster doesn't answer
     */
    static ClassAbilities of(Cluster cluster, StorageClass storageClass) {
        Map<VolumeStep, String> unsupported = new EnumMap<>(VolumeStep.class);
        Map<VolumeStep, String> unmeasured = new EnumMap<>(VolumeStep.class);
        KubernetesClient client = cluster.client();
        String provisioner = storageClass.getProvisioner();
        if (!Boolean.TRUE.equals(storageClass.getAllowVolumeExpansion())) {
            unsupported.put(VolumeStep.EXPAND, "the class has no allowVolumeExpansion");
        }
        try {
            CSIDriver driver =
                    client.storage().v1().csiDrivers().withName(provisioner).get();
            // Of another kind of provisioner nothing is known beforehand: it may attach.
            if (driver != null && Boolean.FALSE.equals(driver.getSpec().getAttachRequired())) {
                unsupported.put(VolumeStep.ATTACH, "the driver attaches nothing");
                unsupported.put(VolumeStep.DETACH, "the driver attaches nothing");
            }
        } catch (KubernetesClientException e) {
            unmeasured.put(VolumeStep.ATTACH, permitted(e, "csidrivers may not be read"));
            unmeasured.put(VolumeStep.DETACH, permitted(e, "csidrivers may not be read"));
        }
        Optional<String> snapshotClass = Optional.empty();
        try {
            snapshotClass = client.genericKubernetesResources(SNAPSHOT_CLASSES).list().getItems().stream()
                    .filter(it -> provisioner.equals(it.get("driver")))
                    // With Retain, what was cut would stay in the storage.
                    .filter(it -> "Delete".equals(it.get("deletionPolicy")))
                    .map(it -> it.getMetadata().getName())
                    .min(Comparator.naturalOrder());
            if (snapshotClass.isEmpty()) {
                String why = "no VolumeSnapshotClass of %s with deletionPolicy Delete".formatted(provisioner);
                unsupported.put(VolumeStep.SNAPSHOT, why);
                unsupported.put(VolumeStep.RESTORE, why);
            }
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                unsupported.put(VolumeStep.SNAPSHOT, "the cluster has no snapshots");
                unsupported.put(VolumeStep.RESTORE, "the cluster has no snapshots");
            } else {
                unmeasured.put(VolumeStep.SNAPSHOT, permitted(e, "volumesnapshotclasses may not be listed"));
                unmeasured.put(VolumeStep.RESTORE, permitted(e, "volumesnapshotclasses may not be listed"));
            }
        }
        return new ClassAbilities(
                "WaitForFirstConsumer".equals(storageClass.getVolumeBindingMode()),
                snapshotClass,
                unsupported,
                unmeasured);
    }

    private static String permitted(KubernetesClientException e, String what) {
        if (e.getCode() != HttpURLConnection.HTTP_FORBIDDEN) {
            throw e;
        }
        return what + "; see deploy/lifecycle.yaml";
    }
}

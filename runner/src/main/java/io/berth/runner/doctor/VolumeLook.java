package io.berth.runner.doctor;

import io.berth.storage.Cluster;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import io.fabric8.kubernetes.api.model.storage.CSIStorageCapacity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** What the API server says of the claims and classes of one profile's volumes. */
final class VolumeLook {
    private static final String STATIC = "kubernetes.io/no-provisioner";

    private final Cluster cluster;
    private final String profile;
    private final List<Volume> volumes;
    private final List<Finding> findings = new ArrayList<>();
    private final List<Finding> suspicions = new ArrayList<>();

    /**
     * A look at volumes.
     *
     * @param volumes those that pods mount, whose claims exist
     */
    VolumeLook(Cluster cluster, String profile, List<Volume> volumes) {
        this.cluster = cluster;
        this.profile = profile;
        this.volumes = List.copyOf(volumes);
    }

    /** What is wrong. */
    List<Finding> look() {
        for (Volume volume : volumes) {
            if (volume.getPersistentVolumeClaim() != null) {
                String name = volume.getPersistentVolumeClaim().getClaimName();
                Optional<PersistentVolumeClaim> claim = asked(() -> Optional.ofNullable(cluster.client()
                                .persistentVolumeClaims()
                                .inNamespace(cluster.namespace())
                                .withName(name)
                                .get()))
                        .orElse(Optional.empty());
                claim.ifPresent(it -> {
                    shared(it.getSpec());
                    claim(it.getSpec());
                });
            } else if (volume.getEphemeral() != null) {
                claim(volume.getEphemeral().getVolumeClaimTemplate().getSpec());
            }
        }
        return findings;
    }

    /** What may explain that a volume doesn't come: provisioners that aren't CSI's have no CSIDriver and work. */
    List<Finding> suspicions() {
        return suspicions;
    }

    private void shared(PersistentVolumeClaimSpec claim) {
        List<String> modes = claim.getAccessModes();
        // Pods of one node share ReadWriteOnce.
        boolean oneNode = asked(() -> cluster.client().nodes().list().getItems().size() == 1)
                .orElse(false);
        if (!modes.contains("ReadWriteMany") && !(oneNode && modes.contains("ReadWriteOnce"))) {
            findings.add(FindingKind.ACCESS_MODE.in(
                    profile,
                    "the claim that driver and executors share has access modes %s"
                            .formatted(String.join(", ", modes))));
        }
    }

    private void claim(PersistentVolumeClaimSpec claim) {
        if (claim.getVolumeName() != null || "".equals(claim.getStorageClassName())) {
            return;
        }
        Optional<Optional<StorageClass>> found = asked(() -> cluster.storageClass(claim));
        if (found.isEmpty()) {
            return;
        }
        if (found.get().isEmpty()) {
            findings.add(FindingKind.CLASS_MISSING.in(
                    profile,
                    claim.getStorageClassName() == null
                            ? "a claim names no StorageClass, and the cluster has no default one"
                            : "there is no StorageClass " + claim.getStorageClassName()));
            return;
        }
        StorageClass storageClass = found.get().get();
        String name = storageClass.getMetadata().getName();
        if (storageClass.getProvisioner().equals(STATIC)) {
            if (!"WaitForFirstConsumer".equals(storageClass.getVolumeBindingMode())) {
                findings.add(FindingKind.BINDING_MODE.in(
                        profile,
                        "StorageClass %s has local volumes and binds them before it is known where their pods run"
                                .formatted(name)));
            }
            return;
        }
        Optional<Optional<CSIDriver>> driver = asked(() -> Optional.ofNullable(cluster.client()
                .storage()
                .v1()
                .csiDrivers()
                .withName(storageClass.getProvisioner())
                .get()));
        if (driver.filter(Optional::isEmpty).isPresent()) {
            suspicions.add(FindingKind.CSI_DRIVER_MISSING.in(
                    profile,
                    "StorageClass %s is of %s, and there is no CSIDriver of that name"
                            .formatted(name, storageClass.getProvisioner())));
        }
        boolean published = driver.flatMap(it -> it)
                .filter(it -> Boolean.TRUE.equals(it.getSpec().getStorageCapacity()))
                .isPresent();
        if (published) {
            capacity(claim, name);
        }
    }

    private void capacity(PersistentVolumeClaimSpec claim, String storageClass) {
        Quantity wanted = claim.getResources().getRequests().get("storage");
        List<CSIStorageCapacity> segments = asked(() ->
                        cluster
                                .client()
                                .storage()
                                .v1()
                                .csiStorageCapacities()
                                .inAnyNamespace()
                                .list()
                                .getItems()
                                .stream()
                                .filter(it -> storageClass.equals(it.getStorageClassName()))
                                .toList())
                .orElse(List.of());
        List<Quantity> rooms = segments.stream()
                .map(it -> it.getMaximumVolumeSize() == null ? it.getCapacity() : it.getMaximumVolumeSize())
                .filter(Objects::nonNull)
                .toList();
        if (wanted != null
                && !rooms.isEmpty()
                && rooms.stream()
                        .allMatch(room -> room.getNumericalAmount().compareTo(wanted.getNumericalAmount()) < 0)) {
            findings.add(FindingKind.CAPACITY_SHORT.in(
                    profile,
                    "a claim of StorageClass %s asks for %s, and its driver has room for %s at most"
                            .formatted(
                                    storageClass,
                                    wanted,
                                    rooms.stream()
                                            .max(Comparator.comparing(Quantity::getNumericalAmount))
                                            .orElseThrow())));
        }
    }

    /** Empty if we may not ask. */
    private static <T> Optional<T> asked(Supplier<T> question) {
        try {
            return Optional.of(question.get());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
                return Optional.empty();
            }
            throw e;
        }
    }
}

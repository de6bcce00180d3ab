package io.berth.runner.lifecycle;

import io.berth.runner.submit.kubernetes.Leftovers;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachmentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What controllers, sidecars, scheduler and kubelet do with the objects of an API server that does nothing itself. */
final class Controllers implements AutoCloseable {
    private static final String NAMESPACE = "bench";
    private static final String KEEPER = "tests/kubelet";

    private final KubernetesClient client;
    private final boolean waits;
    private final Set<String> broken;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();

    /**
     * At work from now on.
     *
     * @param waits  whether a claim is bound only once a pod uses it
     * @param broken what isn't done: {@code bind}, {@code expand}
     */
    Controllers(KubernetesClient client, boolean waits, Set<String> broken) {
        this.client = client;
        this.waits = waits;
        this.broken = broken;
        var unused = thread.scheduleWithFixedDelay(this::round, 0, 10, TimeUnit.MILLISECONDS);
    }

    private void round() {
        try {
            work();
        } catch (KubernetesClientException e) {
            // Something was changed or removed since it was read: the next round sees it as it is.
        }
    }

    private void work() {
        claims().forEach(this::claim);
        pods().forEach(this::pod);
        client.storage().v1().volumeAttachments().list().getItems().forEach(this::attachment);
        client.persistentVolumes().list().getItems().forEach(this::volume);
        snapshots().forEach(this::snapshot);
    }

    private List<PersistentVolumeClaim> claims() {
        return client.persistentVolumeClaims().inNamespace(NAMESPACE).list().getItems();
    }

    private List<Pod> pods() {
        return client.pods().inNamespace(NAMESPACE).list().getItems();
    }

    private List<GenericKubernetesResource> snapshots() {
        return client.genericKubernetesResources(Leftovers.SNAPSHOTS)
                .inNamespace(NAMESPACE)
                .list()
                .getItems();
    }

    private static String claimOf(Pod pod) {
        return pod.getSpec().getVolumes().get(0).getPersistentVolumeClaim().getClaimName();
    }

    private void claim(PersistentVolumeClaim claim) {
        String name = claim.getMetadata().getName();
        Quantity wanted = Objects.requireNonNull(
                claim.getSpec().getResources().getRequests().get("storage"));
        if (claim.getStatus() == null || claim.getStatus().getPhase() == null) {
            boolean used = pods().stream().anyMatch(pod -> claimOf(pod).equals(name));
            if (broken.contains("bind") || (waits && !used)) {
                return;
            }
            String volume = "pv-" + name;
            client.resource(new PersistentVolumeBuilder()
                            .withNewMetadata()
                            .withName(volume)
                            .endMetadata()
                            .withNewSpec()
                            .addToCapacity("storage", wanted)
                            .withNewClaimRef()
                            .withName(name)
                            .withNamespace(NAMESPACE)
                            .endClaimRef()
                            .endSpec()
                            .build())
                    .create();
            client.resource(new PersistentVolumeClaimBuilder(claim)
                            .editSpec()
                            .withVolumeName(volume)
                            .endSpec()
                            .withNewStatus()
                            .withPhase("Bound")
                            .addToCapacity("storage", wanted)
                            .endStatus()
                            .build())
                    .update();
        } else if (!wanted.equals(claim.getStatus().getCapacity().get("storage"))
                && claim.getStatus().getConditions().isEmpty()
                && !broken.contains("expand")) {
            client.resource(new PersistentVolumeClaimBuilder(claim)
                            .editStatus()
                            .addNewCondition()
                            .withType("FileSystemResizePending")
                            .withStatus("True")
                            .endCondition()
                            .endStatus()
                            .build())
                    .update();
        }
    }

    private void pod(Pod pod) {
        String volume = "pv-" + claimOf(pod);
        boolean provided = client.persistentVolumes().withName(volume).get() != null;
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            boolean ended = pod.getStatus().getContainerStatuses().stream()
                    .anyMatch(status -> status.getState().getTerminated() != null);
            client.resource(
                            ended
                                    ? new PodBuilder(pod)
                                            .editMetadata()
                                            .withFinalizers(List.of())
                                            .endMetadata()
                                            .build()
                                    : new PodBuilder(pod)
                                            .editStatus()
                                            .withContainerStatuses(List.of())
                                            .addNewContainerStatus()
                                            .withNewState()
                                            .withNewTerminated()
                                            .withExitCode(0)
                                            .endTerminated()
                                            .endState()
                                            .endContainerStatus()
                                            .endStatus()
                                            .build())
                    .update();
        } else if (pod.getMetadata().getFinalizers().isEmpty() && provided) {
            client.resource(new PodBuilder(pod)
                            .editMetadata()
                            .addToFinalizers(KEEPER)
                            .endMetadata()
                            .withNewStatus()
                            .addNewCondition()
                            .withType("PodScheduled")
                            .withStatus("True")
                            .endCondition()
                            .endStatus()
                            .build())
                    .update();
            client.resource(new VolumeAttachmentBuilder()
                            .withNewMetadata()
                            .withName("va-" + volume)
                            .endMetadata()
                            .withNewSpec()
                            .withNewSource()
                            .withPersistentVolumeName(volume)
                            .endSource()
                            .endSpec()
                            .withNewStatus()
                            .withAttached(false)
                            .endStatus()
                            .build())
                    .create();
        } else if (pod.getStatus() != null
                && pod.getStatus().getContainerStatuses().isEmpty()
                && isAttached(volume)) {
            client.resource(new PodBuilder(pod)
                            .editStatus()
                            .addNewCondition()
                            .withType("PodReadyToStartContainers")
                            .withStatus("True")
                            .endCondition()
                            .addNewContainerStatus()
                            .withNewState()
                            .withNewRunning()
                            .endRunning()
                            .endState()
                            .endContainerStatus()
                            .endStatus()
                            .build())
                    .update();
        }
    }

    private boolean isAttached(String volume) {
        VolumeAttachment attachment = client.storage()
                .v1()
                .volumeAttachments()
                .withName("va-" + volume)
                .get();
        return attachment != null && Boolean.TRUE.equals(attachment.getStatus().getAttached());
    }

    private void attachment(VolumeAttachment attachment) {
        boolean used = pods().stream().anyMatch(pod -> ("pv-" + claimOf(pod))
                .equals(attachment.getSpec().getSource().getPersistentVolumeName()));
        if (!used) {
            client.resource(attachment).delete();
        } else if (!attachment.getStatus().getAttached()) {
            client.resource(new VolumeAttachmentBuilder(attachment)
                            .editStatus()
                            .withAttached(true)
                            .endStatus()
                            .build())
                    .update();
        }
    }

    private void volume(PersistentVolume volume) {
        boolean claimed = claims().stream().anyMatch(claim -> claim.getMetadata()
                .getName()
                .equals(volume.getSpec().getClaimRef().getName()));
        if (!claimed) {
            client.resource(volume).delete();
        }
    }

    private void snapshot(GenericKubernetesResource snapshot) {
        if (snapshot.get("status") == null) {
            snapshot.setAdditionalProperty("status", Map.of("readyToUse", true, "restoreSize", "5Gi"));
            client.genericKubernetesResources(Leftovers.SNAPSHOTS)
                    .inNamespace(NAMESPACE)
                    .resource(snapshot)
                    .update();
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}

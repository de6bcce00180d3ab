package io.berth.runner.lifecycle;

import io.berth.model.suite.StorageProfile;
import io.berth.model.volumes.VolumeWave;
import io.berth.runner.submit.kubernetes.Leftovers;
import io.berth.storage.Cluster;
import io.berth.storage.StorageUnavailable;
import io.berth.storage.volume.VolumeBackend;
import io.berth.storage.volume.VolumeBackend.Claims;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Measures what volumes of a profile's StorageClass cost before and after their use: claims, attaches, mounts, expands, copies
 * and removes them. Nothing is written to them. All that it makes carries the run's label and is removed.
 */
public final class Lifecycle {
    private final Cluster cluster;
    private final InstantSource clock;
    private final AtomicReference<@Nullable Wave> current = new AtomicReference<>();
    private volatile boolean interrupted;

    /**
     * Of a cluster.
     *
     * @param cluster not closed
     * @param clock   this machine's
     */
    public Lifecycle(Cluster cluster, InstantSource clock) {
        this.cluster = cluster;
        this.clock = clock;
    }

    /** Begins no further step; what was made is removed. From any thread. */
    public void interrupt() {
        interrupted = true;
        Wave wave = current.get();
        if (wave != null) {
            wave.wake();
        }
    }

    public boolean isInterrupted() {
        return interrupted;
    }

    /** Whether a profile has claims that a class provides volumes for. */
    public boolean hasClass(StorageProfile profile) {
        return VolumeBackend.claims(profile, cluster).isPresent();
    }

    /**
     * Looks whether a profile's volumes can be made and will go again, and makes nothing.
     *
     * @throws StorageUnavailable saying why not
     */
    public void check(StorageProfile profile) {
        Claims claims = claims(profile);
        size(profile, claims);
        try {
            requireDeletion(profile, claims.madeClass().orElseGet(() -> standingClass(profile, claims)));
        } catch (KubernetesClientException e) {
            throw unavailable(profile, e);
        }
    }

    private Claims claims(StorageProfile profile) {
        return VolumeBackend.claims(profile, cluster)
                .orElseThrow(() -> new StorageUnavailable(
                        "profile \"%s\" has no dataClaim that a StorageClass provides a volume for"
                                .formatted(profile.name())));
    }

    private static Quantity size(StorageProfile profile, Claims claims) {
        return Optional.ofNullable(claims.claim().getResources())
                .map(it -> it.getRequests().get("storage"))
                .orElseThrow(() -> new StorageUnavailable(
                        "profile \"%s\": its dataClaim asks for no size (allowed: resources: {requests: {storage: SIZE}})"
                                .formatted(profile.name())));
    }

    private StorageClass standingClass(StorageProfile profile, Claims claims) {
        return cluster.storageClass(claims.claim())
                .orElseThrow(() -> new StorageUnavailable("profile \"%s\": there is no StorageClass %s"
                        .formatted(
                                profile.name(),
                                Optional.ofNullable(claims.claim().getStorageClassName())
                                        .orElse("that is the cluster's default"))));
    }

    /** Volumes that nobody removes would be left in the storage. */
    private static void requireDeletion(StorageProfile profile, StorageClass storageClass) {
        String policy = storageClass.getReclaimPolicy();
        if (policy != null && !policy.equals("Delete")) {
            throw new StorageUnavailable(
                    "profile \"%s\": its StorageClass has reclaimPolicy %s, by which volumes outlive their claims (allowed: Delete)"
                            .formatted(profile.name(), policy));
        }
    }

    private static StorageUnavailable unavailable(StorageProfile profile, KubernetesClientException e) {
        return new StorageUnavailable(
                "profile \"%s\": %s; see deploy/lifecycle.yaml for what berth lifecycle must be allowed to do"
                        .formatted(profile.name(), Cluster.reason(e)),
                e);
    }

    /**
     * Takes volumes through their lives, all of them at once. What is there afterwards goes with {@link #remove}.
     *
     * @param count how many
     * @return what was measured, also of what did not come to its end
     * @throws StorageUnavailable if nothing could be measured
     */
    public VolumeWave measure(StorageProfile profile, int count) {
        Claims claims = claims(profile);
        Quantity size = size(profile, claims);
        try {
            claims.madeClass().ifPresent(cluster::make);
            StorageClass storageClass = standingClass(profile, claims);
            try (Wave wave =
                    new Wave(cluster, profile.name(), storageClass, claims.claim(), size, count, this::isInterrupted)) {
                current.set(wave);
                return wave.run(clock);
            } finally {
                current.set(null);
            }
        } catch (KubernetesClientException e) {
            throw unavailable(profile, e);
        }
    }

    /**
     * Removes what was made and is still there.
     *
     * @throws StorageUnavailable naming what stays
     */
    public void remove() {
        new Leftovers(cluster).remove();
    }
}

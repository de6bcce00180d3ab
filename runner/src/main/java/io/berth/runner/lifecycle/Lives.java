package io.berth.runner.lifecycle;

import io.berth.model.volumes.VolumeLife;
import io.berth.model.volumes.VolumeMoment;
import io.berth.storage.PodSteps;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What volumes have been through, put together from the events of several watches, which may come in any order among each
 * other. Times are values of one clock, in nanoseconds; of what is told twice, the first time counts. For one thread.
 */
final class Lives {
    private static final String RESTORED = "-restored";

    private final Map<String, Life> lives = new LinkedHashMap<>();

    /** By PersistentVolume: its events may come before it is known whose it is. */
    private final Map<String, Map<VolumeMoment, Long>> volumes = new HashMap<>();

    /** Uids of what exists, by {@link #key}. */
    private final Map<String, String> standing = new HashMap<>();

    private Optional<Quantity> wanted = Optional.empty();

    private static final class Life {
        private Optional<String> volume = Optional.empty();
        private Optional<String> restored = Optional.empty();
        private Optional<Quantity> restoreSize = Optional.empty();
        private final Map<VolumeMoment, Long> moments = new EnumMap<>(VolumeMoment.class);
    }

    /**
     * Lives that are to begin.
     *
     * @param claims names; a pod and a snapshot of a claim are called like it
     */
    Lives(List<String> claims) {
        claims.forEach(claim -> lives.put(claim, new Life()));
    }

    /** The claim with the content of another one's snapshot. */
    static String restored(String claim) {
        return claim + RESTORED;
    }

    /** In what {@link #stands} is asked: {@code Pod/NAME}. */
    static String key(String kind, String name) {
        return kind + "/" + name;
    }

    /** The claims, in the order in which they were given. */
    List<String> claims() {
        return List.copyOf(lives.keySet());
    }

    /** Something that the runner itself does to the volume of a claim. */
    void note(String claim, VolumeMoment moment, long now) {
        Objects.requireNonNull(lives.get(claim), claim).moments.putIfAbsent(moment, now);
    }

    /** From now on claims count as expanded when they have that size. */
    void want(Quantity size) {
        wanted = Optional.of(size);
    }

    // --- events ------------------------------------------------------------------------

    void seen(PersistentVolumeClaim claim, long now) {
        stand(claim);
        String name = claim.getMetadata().getName();
        boolean bound =
                claim.getStatus() != null && "Bound".equals(claim.getStatus().getPhase());
        Life life = lives.get(name);
        if (life != null && bound) {
            life.volume = Optional.of(claim.getSpec().getVolumeName());
            note(name, VolumeMoment.BOUND, now);
            if (isExpanded(claim)) {
                note(name, VolumeMoment.EXPANDED, now);
            }
        }
        Life source = name.endsWith(RESTORED) ? lives.get(name.substring(0, name.length() - RESTORED.length())) : null;
        if (source != null && bound) {
            source.restored = Optional.of(claim.getSpec().getVolumeName());
            source.moments.putIfAbsent(VolumeMoment.RESTORED, now);
        }
    }

    /** The storage has granted the size; a file system that has to grow does so in the pod or before its next one. */
    private boolean isExpanded(PersistentVolumeClaim claim) {
        if (wanted.isEmpty() || isLess(claim.getSpec().getResources().getRequests(), wanted.get())) {
            return false;
        }
        boolean pending = claim.getStatus().getConditions().stream()
                .anyMatch(it -> it.getType().equals("FileSystemResizePending")
                        && it.getStatus().equals("True"));
        return pending || !isLess(claim.getStatus().getCapacity(), wanted.get());
    }

    private static boolean isLess(Map<String, Quantity> sizes, Quantity than) {
        Quantity size = sizes.get("storage");
        return size == null || size.getNumericalAmount().compareTo(than.getNumericalAmount()) < 0;
    }

    void seen(PersistentVolume volume, long now) {
        String name = volume.getMetadata().getName();
        volumes.computeIfAbsent(name, key -> new EnumMap<>(VolumeMoment.class))
                .putIfAbsent(VolumeMoment.PROVISIONED, now);
        // csi-resizer writes the new size here first, and a while later into the claim's status.
        if (wanted.isPresent() && !isLess(volume.getSpec().getCapacity(), wanted.get())) {
            lives.values().stream()
                    .filter(life -> life.volume.equals(Optional.of(name)))
                    .filter(life -> life.moments.containsKey(VolumeMoment.EXPANSION_ASKED))
                    .forEach(life -> life.moments.putIfAbsent(VolumeMoment.EXPANDED, now));
        }
    }

    void gone(PersistentVolume volume, long now) {
        volumes.computeIfAbsent(volume.getMetadata().getName(), name -> new EnumMap<>(VolumeMoment.class))
                .putIfAbsent(VolumeMoment.DELETED, now);
    }

    void seen(VolumeAttachment attachment, long now) {
        boolean attached = attachment.getStatus() != null
                && Boolean.TRUE.equals(attachment.getStatus().getAttached());
        ofVolume(attachment).putIfAbsent(attached ? VolumeMoment.ATTACHED : VolumeMoment.ATTACHING, now);
    }

    void gone(VolumeAttachment attachment, long now) {
        ofVolume(attachment).putIfAbsent(VolumeMoment.DETACHED, now);
    }

    private Map<VolumeMoment, Long> ofVolume(VolumeAttachment attachment) {
        return volumes.computeIfAbsent(
                String.valueOf(attachment.getSpec().getSource().getPersistentVolumeName()),
                name -> new EnumMap<>(VolumeMoment.class));
    }

    void seen(Pod pod, long now) {
        stand(pod);
        String name = pod.getMetadata().getName();
        if (!lives.containsKey(name) || pod.getStatus() == null) {
            return;
        }
        if (PodSteps.isTrue(pod, "PodScheduled")) {
            note(name, VolumeMoment.SCHEDULED, now);
        }
        if (PodSteps.isTrue(pod, "PodReadyToStartContainers")) {
            note(name, VolumeMoment.MOUNTED, now);
        }
        for (ContainerStatus status : pod.getStatus().getContainerStatuses()) {
            ContainerState state = status.getState();
            if (state != null && state.getRunning() != null) {
                note(name, VolumeMoment.STARTED, now);
            }
            if (state != null && state.getTerminated() != null) {
                note(name, VolumeMoment.POD_ENDED, now);
            }
        }
    }

    void gone(Pod pod, long now) {
        gone(pod);
        String name = pod.getMetadata().getName();
        if (lives.containsKey(name)) {
            note(name, VolumeMoment.POD_GONE, now);
        }
    }

    void seen(GenericKubernetesResource snapshot, long now) {
        stand(snapshot);
        String name = snapshot.getMetadata().getName();
        Life life = lives.get(name);
        if (life != null && Boolean.TRUE.equals(snapshot.get("status", "readyToUse"))) {
            note(name, VolumeMoment.SNAPSHOT_READY, now);
            Object size = snapshot.get("status", "restoreSize");
            life.restoreSize = Optional.ofNullable(size).map(it -> new Quantity(it.toString()));
        }
    }

    private void stand(HasMetadata object) {
        standing.put(
                key(object.getKind(), object.getMetadata().getName()),
                object.getMetadata().getUid());
    }

    /** Of an object whose end is no moment of a life. */
    void gone(HasMetadata object) {
        standing.remove(key(object.getKind(), object.getMetadata().getName()));
    }

    // --- questions ---------------------------------------------------------------------

    private Optional<Long> at(Life life, VolumeMoment moment) {
        return Optional.ofNullable(life.moments.get(moment))
                .or(() -> life.volume.map(volumes::get).map(it -> it.get(moment)));
    }

    /** The claims whose volumes haven't had that moment. */
    List<String> without(VolumeMoment moment) {
        List<String> without = new ArrayList<>();
        lives.forEach((claim, life) -> {
            if (at(life, moment).isEmpty()) {
                without.add(claim);
            }
        });
        return without;
    }

    /** Whether some volume has been attached and not detached since. */
    boolean anyAttached() {
        return lives.values().stream()
                .anyMatch(life -> at(life, VolumeMoment.ATTACHED).isPresent()
                        && at(life, VolumeMoment.DETACHED).isEmpty());
    }

    /** The uid of an object that exists. */
    Optional<String> stands(String kind, String name) {
        return Optional.ofNullable(standing.get(key(kind, name)));
    }

    /** Whether a volume made from a snapshot has a PersistentVolume that was seen and isn't gone. */
    boolean anyRestoredVolume() {
        return lives.values().stream()
                .flatMap(life -> life.restored.stream())
                .map(volumes::get)
                .anyMatch(moments -> moments != null && !moments.containsKey(VolumeMoment.DELETED));
    }

    /** What a claim must at least ask for to have the content of another one's snapshot. */
    Optional<Quantity> restoreSize(String claim) {
        return Objects.requireNonNull(lives.get(claim), claim).restoreSize;
    }

    /**
     * The lives so far.
     *
     * @param origin a value of the clock, to which times refer
     */
    List<VolumeLife> since(long origin) {
        List<VolumeLife> all = new ArrayList<>();
        lives.forEach((claim, life) -> {
            Map<VolumeMoment, Long> moments = new EnumMap<>(VolumeMoment.class);
            for (VolumeMoment moment : VolumeMoment.values()) {
                at(life, moment).ifPresent(it -> moments.put(moment, it - origin));
            }
            all.add(new VolumeLife(claim, life.volume, life.restored, moments));
        });
        return all;
    }
}

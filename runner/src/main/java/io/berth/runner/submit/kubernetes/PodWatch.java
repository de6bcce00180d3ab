package io.berth.runner.submit.kubernetes;

import io.berth.model.results.ClaimFact;
import io.berth.model.results.PodLife;
import io.berth.storage.Cluster;
import io.berth.storage.PodSteps;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Follows the pods of a run by one watch, and dates what it hears as {@link PodSteps} do. */
final class PodWatch implements AutoCloseable {
    private static final Set<String> MAIN = Set.of(ApplicationManifests.DRIVER, ApplicationManifests.EXECUTOR);

    private final Cluster cluster;
    private final SharedIndexInformer<Pod> informer;
    private final Map<String, Sight> sights = new LinkedHashMap<>();
    private final Map<String, Claim> claims = new HashMap<>();
    private final Map<String, Optional<String>> zones = new HashMap<>();
    private final Map<String, Optional<String>> uids = new HashMap<>();
    private final Surroundings surroundings;
    private Optional<String> lost = Optional.empty();
    private long version;

    /** What is known of one pod. Guarded by the watch. */
    private static final class Sight {
        private Pod pod;
        private final PodSteps steps;
        private OptionalLong attachedAt = OptionalLong.empty();
        private OptionalLong pulledAt = OptionalLong.empty();
        private OptionalLong dismissedAt = OptionalLong.empty();
        private OptionalLong goneAt = OptionalLong.empty();
        private Optional<String> warning = Optional.empty();

        Sight(Pod pod, long now) {
            this.pod = pod;
            this.steps = new PodSteps(MAIN, now);
        }

        void update(Pod latest, long now) {
            pod = latest;
            steps.seen(latest, now);
            dismissedAt = PodSteps.first(dismissedAt, isDismissed(latest), now);
        }
    }

    /** A claim as it was last seen. */
    private record Claim(PersistentVolumeClaim claim, OptionalLong boundAt) {}

    PodWatch(Cluster cluster) {
        this.cluster = cluster;
        this.informer = cluster.client()
                .pods()
                .inNamespace(cluster.namespace())
                .withLabel(Cluster.RUN_LABEL, cluster.run())
                .withLabel(ApplicationManifests.APPLICATION_LABEL)
                .inform(new ResourceEventHandler<>() {
                    @Override
                    public void onAdd(Pod pod) {
                        seen(pod);
                    }

                    @Override
                    public void onUpdate(Pod before, Pod pod) {
                        seen(pod);
                    }

                    @Override
                    public void onDelete(Pod pod, boolean unknown) {
                        gone(pod);
                    }
                });
        this.surroundings = new Surroundings(cluster, this::told, this::seen);
        var unused = informer.stopped().whenComplete((nothing, cause) -> lost(cause));
    }

    private synchronized void seen(Pod pod) {
        long now = System.nanoTime();
        sights.computeIfAbsent(pod.getMetadata().getUid(), uid -> new Sight(pod, now))
                .update(pod, now);
        wake();
    }

    private synchronized void gone(Pod pod) {
        long now = System.nanoTime();
        Sight sight = sights.get(pod.getMetadata().getUid());
        // Absent: of an application that is forgotten.
        if (sight != null) {
            sight.update(pod, now);
            sight.goneAt = OptionalLong.of(now);
            wake();
        }
    }

    private synchronized void told(Event event) {
        Sight sight = sights.get(event.getInvolvedObject().getUid());
        if (sight == null) {
            // Of somebody else's pod.
            return;
        }
        OptionalLong now = OptionalLong.of(System.nanoTime());
        String reason = String.valueOf(event.getReason());
        String container = String.valueOf(event.getInvolvedObject().getFieldPath());
        if (reason.equals("SuccessfulAttachVolume")) {
            sight.attachedAt = now;
        } else if (reason.equals("Pulled") && !container.contains(ApplicationManifests.RESULTS)) {
            sight.pulledAt = sight.pulledAt.isPresent() ? sight.pulledAt : now;
        } else if ("Warning".equals(event.getType())) {
            sight.warning = Optional.of(Reasons.text(reason, event.getMessage()));
            wake();
        }
    }

    private synchronized void seen(PersistentVolumeClaim claim) {
        long now = System.nanoTime();
        boolean bound =
                claim.getStatus() != null && "Bound".equals(claim.getStatus().getPhase());
        claims.compute(claim.getMetadata().getName(), (name, before) -> {
            boolean same = before != null
                    && before.claim
                            .getMetadata()
                            .getUid()
                            .equals(claim.getMetadata().getUid());
            return new Claim(claim, PodSteps.first(same ? before.boundAt : OptionalLong.empty(), bound, now));
        });
    }

    /** What the newest warning about a pod says; mounts that fail are told there only. */
    synchronized Optional<String> warning(Pod pod) {
        return Optional.ofNullable(sights.get(pod.getMetadata().getUid())).flatMap(sight -> sight.warning);
    }

    private synchronized void lost(@Nullable Throwable cause) {
        lost = Optional.of(
                cause == null || cause.getMessage() == null ? "it ended without a reason" : cause.getMessage());
        wake();
    }

    /** Why nothing will be heard any more; empty while the watch goes on, also through pauses of the API server. */
    synchronized Optional<String> lost() {
        return lost;
    }

    /** Changes with everything that happens to any pod. */
    synchronized long version() {
        return version;
    }

    /** Waits until the version isn't that any more, at most for the time given. */
    synchronized void await(long seenVersion, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            for (long left = limit.toNanos(); version == seenVersion && left > 0; left = deadline - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Wakes up whoever waits. */
    synchronized void wake() {
        version++;
        notifyAll();
    }

    /** The driver as it was last seen; also after it has gone. */
    synchronized Optional<Pod> driver(String application) {
        return sights(application)
                .filter(sight -> role(sight.pod).equals(ApplicationManifests.DRIVER))
                .map(sight -> sight.pod)
                .reduce((first, second) -> second);
    }

    /** When the driver's container was first seen running or ended. */
    synchronized OptionalLong driverStartedAt(String application) {
        return sights(application)
                .filter(sight -> role(sight.pod).equals(ApplicationManifests.DRIVER))
                .map(sight -> sight.steps.startedAt())
                .reduce(OptionalLong.empty(), (first, second) -> second.isPresent() ? second : first);
    }

    synchronized boolean driverGone(String application) {
        return sights(application)
                .anyMatch(sight -> role(sight.pod).equals(ApplicationManifests.DRIVER) && sight.goneAt.isPresent());
    }

    /** When the driver was first seen as one that Kubernetes or somebody else has told to go. */
    synchronized OptionalLong driverDismissedAt(String application) {
        return sights(application)
                .filter(sight -> role(sight.pod).equals(ApplicationManifests.DRIVER))
                .map(sight -> sight.dismissedAt)
                .reduce(OptionalLong.empty(), (first, second) -> second);
    }

    /** How many executors have ever started. */
    synchronized long executorsStarted(String application) {
        return sights(application)
                .filter(sight -> role(sight.pod).equals(ApplicationManifests.EXECUTOR)
                        && sight.steps.startedAt().isPresent())
                .count();
    }

    /** The pods of an application that exist and whose main container hasn't started, drivers first. */
    synchronized List<Pod> waiting(String application) {
        return sights(application)
                .filter(sight -> sight.steps.startedAt().isEmpty() && sight.goneAt.isEmpty())
                .map(sight -> sight.pod)
                .toList();
    }

    /** Whether the API server has removed all that was seen of an application. */
    synchronized boolean allGone(String application) {
        return sights(application).allMatch(sight -> sight.goneAt.isPresent());
    }

    /** Whether the API server has removed all that was seen of any application. */
    synchronized boolean allGone() {
        return sights.values().stream().allMatch(sight -> sight.goneAt.isPresent());
    }

    /**
     * The lives of an application's pods, which are forgotten.
     *
     * @param origin a value of {@link System#nanoTime}, to which times refer
     */
    synchronized List<PodLife> lives(String application, long origin) {
        List<PodLife> lives = new ArrayList<>();
        sights(application).forEach(sight -> {
            PodLife life = sight.steps.life(process(sight.pod), sight.pod, origin);
            lives.add(new PodLife(
                    life.process(),
                    life.pod(),
                    life.node(),
                    life.node().flatMap(this::zone),
                    life.createdNanos(),
                    life.scheduledNanos(),
                    life.mountedNanos(),
                    life.startedNanos(),
                    life.endedNanos(),
                    PodSteps.since(sight.goneAt, origin),
                    PodSteps.since(boundAt(sight.pod), origin),
                    PodSteps.since(sight.attachedAt, origin),
                    PodSteps.since(sight.pulledAt, origin),
                    main(sight.pod).map(ContainerStatus::getImageID).filter(id -> !id.isEmpty()),
                    claims(sight.pod).map(this::fact).toList()));
        });
        forget(application);
        return lives;
    }

    private record Mounted(String volume, Claim claim) {}

    /** A pod's claims, also those that Kubernetes has made for it alone. */
    private Stream<Mounted> claims(Pod pod) {
        return pod.getSpec().getVolumes().stream().flatMap(volume -> {
            String name = volume.getPersistentVolumeClaim() != null
                    ? volume.getPersistentVolumeClaim().getClaimName()
                    : pod.getMetadata().getName() + "-" + volume.getName();
            boolean hasClaim = volume.getPersistentVolumeClaim() != null || volume.getEphemeral() != null;
            Claim claim = claims.get(name);
            return hasClaim && claim != null ? Stream.of(new Mounted(volume.getName(), claim)) : Stream.empty();
        });
    }

    private OptionalLong boundAt(Pod pod) {
        List<Mounted> mounted = claims(pod).toList();
        return mounted.stream().allMatch(it -> it.claim.boundAt.isPresent())
                ? mounted.stream()
                        .mapToLong(it -> it.claim.boundAt.getAsLong())
                        .reduce((one, other) -> one > other ? one : other)
                : OptionalLong.empty();
    }

    private ClaimFact fact(Mounted mounted) {
        PersistentVolumeClaim claim = mounted.claim.claim;
        Optional<String> volume = Optional.ofNullable(claim.getSpec().getVolumeName());
        // "" is how a claim says that it has none.
        Optional<String> storageClass =
                Optional.ofNullable(claim.getSpec().getStorageClassName()).filter(name -> !name.isEmpty());
        // One that goes with a pod has gone, and its volume with it.
        boolean stays = claim.getMetadata().getOwnerReferences().isEmpty();
        return new ClaimFact(
                mounted.volume,
                claim.getMetadata().getName(),
                claim.getMetadata().getUid(),
                volume,
                volume.filter(name -> stays)
                        .flatMap(name -> uid("volume", cluster.client().persistentVolumes(), name)),
                storageClass,
                storageClass.flatMap(
                        name -> uid("class", cluster.client().storage().v1().storageClasses(), name)));
    }

    /** Asked for once; absent also where berth may not ask. */
    private <T extends HasMetadata> Optional<String> uid(
            String kind, NonNamespaceOperation<T, ?, ? extends Resource<T>> all, String name) {
        return uids.computeIfAbsent(kind + " " + name, it -> {
            try {
                return Optional.ofNullable(all.withName(name).get())
                        .map(found -> found.getMetadata().getUid());
            } catch (KubernetesClientException e) {
                return Optional.empty();
            }
        });
    }

    synchronized void forget(String application) {
        sights.values().removeIf(sight -> application(sight.pod).equals(application));
    }

    /** Where a node is; absent also where berth may not ask. */
    private Optional<String> zone(String node) {
        return zones.computeIfAbsent(node, name -> {
            try {
                Node found = cluster.client().nodes().withName(name).get();
                return Optional.ofNullable(found)
                        .map(it -> it.getMetadata().getLabels())
                        .map(labels -> labels.get("topology.kubernetes.io/zone"));
            } catch (KubernetesClientException e) {
                return Optional.empty();
            }
        });
    }

    private Stream<Sight> sights(String application) {
        return sights.values().stream().filter(sight -> application(sight.pod).equals(application));
    }

    /** Of the container that matters: the driver's or the executor's. */
    static Optional<ContainerStatus> main(Pod pod) {
        return PodSteps.main(pod, MAIN);
    }

    static Optional<ContainerStateTerminated> ending(Pod pod) {
        return main(pod).map(ContainerStatus::getState).map(ContainerState::getTerminated);
    }

    /** Whether all of its containers have ended. */
    static boolean hasEnded(Pod pod) {
        return pod.getStatus() != null
                && List.of("Succeeded", "Failed").contains(pod.getStatus().getPhase());
    }

    private static boolean isDismissed(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() != null || PodSteps.isTrue(pod, "DisruptionTarget");
    }

    /** As in messages and records: {@code driver} or {@code executor N}. */
    static String process(Pod pod) {
        return role(pod).equals(ApplicationManifests.DRIVER)
                ? "driver"
                : "executor " + label(pod, ApplicationManifests.EXECUTOR_ID_LABEL);
    }

    private static String role(Pod pod) {
        return label(pod, ApplicationManifests.ROLE_LABEL);
    }

    private static String application(Pod pod) {
        return label(pod, ApplicationManifests.APPLICATION_LABEL);
    }

    private static String label(Pod pod, String name) {
        @Nullable Map<String, String> labels = pod.getMetadata().getLabels();
        return labels == null ? "" : labels.getOrDefault(name, "");
    }

    @Override
    public void close() {
        surroundings.close();
        informer.close();
    }
}

package io.berth.runner.submit.kubernetes;

import io.berth.model.results.PodLife;
import io.berth.storage.Cluster;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.client.KubernetesClientException;
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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Follows the pods of a run by one watch, and dates what it hears by this process' monotonic clock: the stamps that
 * Kubernetes keeps are whole seconds of other machines' clocks.
 */
final class PodWatch implements AutoCloseable {
    private final Cluster cluster;
    private final SharedIndexInformer<Pod> informer;
    private final Map<String, Sight> sights = new LinkedHashMap<>();
    private final Map<String, Optional<String>> zones = new HashMap<>();
    private long version;

    /** What is known of one pod. Guarded by the watch. */
    private static final class Sight {
        private Pod pod;
        private final long createdAt;
        private OptionalLong scheduledAt = OptionalLong.empty();
        private OptionalLong mountedAt = OptionalLong.empty();
        private OptionalLong startedAt = OptionalLong.empty();
        private OptionalLong endedAt = OptionalLong.empty();
        private OptionalLong goneAt = OptionalLong.empty();

        Sight(Pod pod, long now) {
            this.pod = pod;
            this.createdAt = now;
        }

        void update(Pod latest, long now) {
            pod = latest;
            scheduledAt = first(scheduledAt, isTrue(latest, "PodScheduled"), now);
            mountedAt = first(mountedAt, isTrue(latest, "PodReadyToStartContainers"), now);
            Optional<ContainerState> state = main(latest).map(ContainerStatus::getState);
            boolean ended = state.map(ContainerState::getTerminated).isPresent();
            startedAt = first(
                    startedAt, ended || state.map(ContainerState::getRunning).isPresent(), now);
            endedAt = first(endedAt, ended, now);
        }

        private static OptionalLong first(OptionalLong before, boolean holds, long now) {
            return before.isPresent() || !holds ? before : OptionalLong.of(now);
        }
    }

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
    }

    private synchronized void seen(Pod pod) {
        long now = System.nanoTime();
        sights.computeIfAbsent(pod.getMetadata().getUid(), uid -> new Sight(pod, now))
                .update(pod, now);
        wake();
    }

    private synchronized void gone(Pod pod) {
        long now = System.nanoTime();
        Sight sight = sights.computeIfAbsent(pod.getMetadata().getUid(), uid -> new Sight(pod, now));
        sight.update(pod, now);
        sight.goneAt = OptionalLong.of(now);
        wake();
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
                .map(sight -> sight.startedAt)
                .reduce(OptionalLong.empty(), (first, second) -> second.isPresent() ? second : first);
    }

    synchronized boolean driverGone(String application) {
        return sights(application)
                .anyMatch(sight -> role(sight.pod).equals(ApplicationManifests.DRIVER) && sight.goneAt.isPresent());
    }

    /** How many executors have ever started. */
    synchronized long executorsStarted(String application) {
        return sights(application)
                .filter(sight -> role(sight.pod).equals(ApplicationManifests.EXECUTOR) && sight.startedAt.isPresent())
                .count();
    }

    /** The pods of an application that exist and whose main container hasn't started, drivers first. */
    synchronized List<Pod> waiting(String application) {
        return sights(application)
                .filter(sight -> sight.startedAt.isEmpty() && sight.goneAt.isEmpty())
                .map(sight -> sight.pod)
                .toList();
    }

    /** Whether the API server has removed all that was seen of an application. */
    synchronized boolean allGone(String application) {
        return sights(application).allMatch(sight -> sight.goneAt.isPresent());
    }

    /**
     * The lives of an application's pods, which are forgotten.
     *
     * @param origin a value of {@link System#nanoTime}, to which times refer
     */
    synchronized List<PodLife> lives(String application, long origin) {
        List<PodLife> lives = new ArrayList<>();
        sights(application).forEach(sight -> {
            Optional<String> node = Optional.ofNullable(sight.pod.getSpec().getNodeName());
            lives.add(new PodLife(
                    process(sight.pod),
                    sight.pod.getMetadata().getName(),
                    node,
                    node.flatMap(this::zone),
                    since(OptionalLong.of(sight.createdAt), origin),
                    since(sight.scheduledAt, origin),
                    since(sight.mountedAt, origin),
                    since(sight.startedAt, origin),
                    since(sight.endedAt, origin),
                    since(sight.goneAt, origin)));
        });
        forget(application);
        return lives;
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

    private static OptionalLong since(OptionalLong at, long origin) {
        return at.isPresent() ? OptionalLong.of(Math.max(0, at.getAsLong() - origin)) : at;
    }

    private Stream<Sight> sights(String application) {
        return sights.values().stream().filter(sight -> application(sight.pod).equals(application));
    }

    /** Of the container that matters: the driver's or the executor's. */
    static Optional<ContainerStatus> main(Pod pod) {
        return statuses(pod).stream()
                .filter(status -> !status.getName().equals(ApplicationManifests.RESULTS))
                .findFirst();
    }

    static Optional<ContainerStateTerminated> ending(Pod pod) {
        return main(pod).map(ContainerStatus::getState).map(ContainerState::getTerminated);
    }

    static List<ContainerStatus> statuses(Pod pod) {
        return pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null
                ? List.of()
                : pod.getStatus().getContainerStatuses();
    }

    static Optional<PodCondition> condition(Pod pod, String type) {
        return pod.getStatus() == null || pod.getStatus().getConditions() == null
                ? Optional.empty()
                : pod.getStatus().getConditions().stream()
                        .filter(condition -> condition.getType().equals(type))
                        .findFirst();
    }

    private static boolean isTrue(Pod pod, String condition) {
        return condition(pod, condition)
                .filter(it -> it.getStatus().equals("True"))
                .isPresent();
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
        informer.close();
    }
}

package io.berth.storage;

import io.berth.model.results.PodLife;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * When the steps of one pod's life were first seen, by this process' monotonic clock: the stamps that Kubernetes keeps are
 * whole seconds of other machines' clocks. All times are values of {@link System#nanoTime}. Not for several threads at once.
 */
public final class PodSteps {
    private final Set<String> mainContainers;
    private final long createdAt;
    private OptionalLong scheduledAt = OptionalLong.empty();
    private OptionalLong mountedAt = OptionalLong.empty();
    private OptionalLong startedAt = OptionalLong.empty();
    private OptionalLong endedAt = OptionalLong.empty();

    /**
     * The steps of a pod that was just made, or just heard of.
     *
     * @param mainContainers names that the container which matters may have; templates may bring others
     */
    public PodSteps(Set<String> mainContainers, long now) {
        this.mainContainers = Set.copyOf(mainContainers);
        this.createdAt = now;
    }

    /** Notes what has come to pass. */
    public void seen(Pod pod, long now) {
        scheduledAt = first(scheduledAt, isTrue(pod, "PodScheduled"), now);
        mountedAt = first(mountedAt, isTrue(pod, "PodReadyToStartContainers"), now);
        Optional<ContainerState> state = main(pod, mainContainers).map(ContainerStatus::getState);
        boolean ended = state.map(ContainerState::getTerminated).isPresent();
        startedAt =
                first(startedAt, ended || state.map(ContainerState::getRunning).isPresent(), now);
        endedAt = first(endedAt, ended, now);
    }

    /** Now, if it holds for the first time. */
    public static OptionalLong first(OptionalLong before, boolean holds, long now) {
        return before.isPresent() || !holds ? before : OptionalLong.of(now);
    }

    /** When the main container was first seen running or ended. */
    public OptionalLong startedAt() {
        return startedAt;
    }

    /**
     * What of it is recorded with a trial, without what only others know: its zone, its end at the API server, its claims.
     *
     * @param process what it is to the trial
     * @param pod     as it was last seen
     * @param origin  to which times refer
     */
    public PodLife life(String process, Pod pod, long origin) {
        return new PodLife(
                process,
                pod.getMetadata().getName(),
                Optional.ofNullable(pod.getSpec().getNodeName()),
                Optional.empty(),
                since(OptionalLong.of(createdAt), origin),
                since(scheduledAt, origin),
                since(mountedAt, origin),
                since(startedAt, origin),
                since(endedAt, origin),
                OptionalLong.empty());
    }

    /** From the origin; what was before took no time. */
    public static OptionalLong since(OptionalLong at, long origin) {
        return at.isPresent() ? OptionalLong.of(Math.max(0, at.getAsLong() - origin)) : at;
    }

    /** The status of the first container of one of these names. */
    public static Optional<ContainerStatus> main(Pod pod, Set<String> names) {
        return statuses(pod).stream()
                .filter(status -> names.contains(status.getName()))
                .findFirst();
    }

    /** The status of every container that isn't an init container. */
    public static List<ContainerStatus> statuses(Pod pod) {
        return pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null
                ? List.of()
                : pod.getStatus().getContainerStatuses();
    }

    /** What Kubernetes says of one of a pod's conditions. */
    public static Optional<PodCondition> condition(Pod pod, String type) {
        return pod.getStatus() == null || pod.getStatus().getConditions() == null
                ? Optional.empty()
                : pod.getStatus().getConditions().stream()
                        .filter(condition -> condition.getType().equals(type))
                        .findFirst();
    }

    /** Whether one of a pod's conditions holds. */
    public static boolean isTrue(Pod pod, String condition) {
        return condition(pod, condition)
                .filter(it -> it.getStatus().equals("True"))
                .isPresent();
    }
}

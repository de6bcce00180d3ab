package io.berth.runner.submit.kubernetes;

import io.berth.model.results.TrialOutcome.Cause;
import io.berth.model.results.TrialOutcome.Failed;
import io.berth.storage.PodSteps;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Optional;
import java.util.Set;

/** What the status of a pod says for people. */
public final class Reasons {
    private static final int OOM_EXIT_CODE = 128 + 9;

    /** Nothing that time heals. */
    private static final Set<String> HOPELESS = Set.of(
            "ErrImageNeverPull",
            "ImagePullBackOff",
            "InvalidImageName",
            "CreateContainerConfigError",
            "CreateContainerError",
            "RunContainerError",
            "StartError");

    /** Those of them that may only be early: what the container refers to is being made. */
    private static final Set<String> MAY_PASS = Set.of("CreateContainerConfigError", "CreateContainerError");

    /** What a pod says while all goes well. */
    private static final Set<String> NORMAL = Set.of("ContainerCreating", "PodInitializing", "SchedulingGated");

    private Reasons() {}

    /** Why a pod's containers don't run yet; empty if it is just being started. */
    public static Optional<String> waiting(Pod pod) {
        Optional<String> unscheduled = PodSteps.condition(pod, "PodScheduled")
                .filter(condition -> condition.getStatus().equals("False") && !NORMAL.contains(condition.getReason()))
                .map(condition -> text(condition.getReason(), condition.getMessage()));
        return unscheduled.or(() -> PodSteps.statuses(pod).stream()
                .flatMap(status -> waitingState(status).stream())
                .filter(state -> !NORMAL.contains(state.getReason()))
                .map(state -> text(state.getReason(), state.getMessage()))
                .findFirst());
    }

    /** Why a pod will never run, however long one waits. */
    public static Optional<String> hopeless(Pod pod) {
        return PodSteps.statuses(pod).stream()
                .flatMap(status -> waitingState(status).stream())
                .filter(state -> HOPELESS.contains(String.valueOf(state.getReason())))
                .map(state -> text(state.getReason(), state.getMessage()))
                .findFirst();
    }

    /** Whether a reason of {@link #hopeless} has to last before it is one. */
    static boolean mayPass(String reason) {
        return MAY_PASS.stream().anyMatch(reason::startsWith);
    }

    /** What ended a driver's pod, where the exit code alone doesn't tell. */
    static Optional<Failed> end(Pod pod, boolean gone) {
        PodStatus status = pod.getStatus();
        if (status != null && status.getReason() != null) {
            return Optional.of(new Failed(
                    Cause.INFRASTRUCTURE,
                    "the driver's pod was ended by Kubernetes: " + text(status.getReason(), status.getMessage())));
        }
        Optional<ContainerStateTerminated> ending = PodWatch.ending(pod);
        if (ending.filter(it -> "OOMKilled".equals(it.getReason()) && it.getExitCode() == OOM_EXIT_CODE)
                .isPresent()) {
            return Optional.of(new Failed(
                    Cause.APPLICATION,
                    "the driver was killed because it took more memory than its container's limit of %s; raise spark.driver.memoryOverhead or spark.driver.memory"
                            .formatted(memoryLimit(pod))));
        }
        boolean diedOfIt = ending.filter(it -> it.getExitCode() == 0).isEmpty();
        return diedOfIt && (gone || pod.getMetadata().getDeletionTimestamp() != null)
                ? Optional.of(new Failed(
                        Cause.INFRASTRUCTURE,
                        "the driver's pod was deleted by somebody else, or with its node" + disruption(pod)))
                : Optional.empty();
    }

    /** Who has told a pod to go, if Kubernetes says it; begins with a colon. */
    static String disruption(Pod pod) {
        return PodSteps.condition(pod, "DisruptionTarget")
                .map(condition -> ": " + text(condition.getReason(), condition.getMessage()))
                .orElse("");
    }

    private static String memoryLimit(Pod pod) {
        return pod.getSpec().getContainers().stream()
                .filter(container -> container.getName().equals(ApplicationManifests.DRIVER))
                .map(container ->
                        String.valueOf(container.getResources().getLimits().get("memory")))
                .findFirst()
                .orElse("unknown size");
    }

    private static Optional<ContainerStateWaiting> waitingState(ContainerStatus status) {
        return Optional.ofNullable(status.getState()).map(state -> state.getWaiting());
    }

    /** A reason and its message in one line. */
    public static String text(String reason, String message) {
        return message == null || message.isBlank() ? reason : reason + ": " + message.strip();
    }
}

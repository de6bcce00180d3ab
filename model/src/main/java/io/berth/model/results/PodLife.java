package io.berth.model.results;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The life of a pod, as the runner heard of it: times are nanoseconds from the attempt's submission to the receipt of the
 * event, by the runner's monotonic clock. An event that never came, or that Kubernetes doesn't report, is absent.
 *
 * @param process        {@code driver}, {@code executor N}, or {@code look}, which isn't the application's: the pod that has
 *                       looked for the nonces
 * @param pod            its name
 * @param node           where it was scheduled
 * @param zone           of that node, if the node says it
 * @param createdNanos   the API server has it
 * @param scheduledNanos it has a node
 * @param mountedNanos   its volumes are mounted and its network is up ({@code PodReadyToStartContainers}, since Kubernetes 1.29)
 * @param startedNanos   its main container runs, so its image is there
 * @param endedNanos     its main container ended
 * @param goneNanos      the API server has removed it
 * @param boundNanos     all its claims are bound; 0 if they were before. Absent if it has none
 * @param attachedNanos  the last of its volumes that have to be is attached to the node
 * @param pulledNanos    the image of its main container is on the node
 * @param imageId        of its main container, with the digest
 * @param claims         its PersistentVolumeClaims
 */
public record PodLife(
        String process,
        String pod,
        Optional<String> node,
        Optional<String> zone,
        OptionalLong createdNanos,
        OptionalLong scheduledNanos,
        OptionalLong mountedNanos,
        OptionalLong startedNanos,
        OptionalLong endedNanos,
        OptionalLong goneNanos,
        OptionalLong boundNanos,
        OptionalLong attachedNanos,
        OptionalLong pulledNanos,
        Optional<String> imageId,
        List<ClaimFact> claims) {
    /** What the pod is called that has looked for the nonces. */
    public static final String LOOK = "look";

    public PodLife {
        // Files of earlier versions have none.
        claims = claims == null ? List.of() : List.copyOf(claims);
    }

    /** The same pod, with where its node is. */
    public PodLife in(Optional<String> itsZone) {
        return new PodLife(
                process,
                pod,
                node,
                itsZone,
                createdNanos,
                scheduledNanos,
                mountedNanos,
                startedNanos,
                endedNanos,
                goneNanos,
                boundNanos,
                attachedNanos,
                pulledNanos,
                imageId,
                claims);
    }

    /** What its pods are called in a report: those of one kind have much the same life. */
    public String kind() {
        return process.startsWith("executor") ? "executor" : process;
    }

    /** Whether it was a part of the Spark application. */
    public boolean ofTheApplication() {
        return !process.equals(LOOK);
    }

    /** A pod of which nobody has told more. */
    public PodLife(
            String process,
            String pod,
            Optional<String> node,
            Optional<String> zone,
            OptionalLong createdNanos,
            OptionalLong scheduledNanos,
            OptionalLong mountedNanos,
            OptionalLong startedNanos,
            OptionalLong endedNanos,
            OptionalLong goneNanos) {
        this(
                process,
                pod,
                node,
                zone,
                createdNanos,
                scheduledNanos,
                mountedNanos,
                startedNanos,
                endedNanos,
                goneNanos,
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                List.of());
    }
}

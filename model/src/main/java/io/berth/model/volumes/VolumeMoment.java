package io.berth.model.volumes;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * Something that happens to a volume, in the order of a life. What the runner asks for is dated before its request is sent,
 * what Kubernetes says when the event of its watch is received.
 */
public enum VolumeMoment {
    /** The runner asks for the claim. */
    CLAIMED,
    /** There is a PersistentVolume for the claim. */
    PROVISIONED,
    /** The claim is bound. */
    BOUND,
    /** The runner asks for the pod that mounts it. */
    POD_MADE,
    /** The pod has a node. */
    SCHEDULED,
    /** It has a VolumeAttachment, which doesn't say yet that it is attached. */
    ATTACHING,
    /** Its VolumeAttachment says that it is attached. */
    ATTACHED,
    /** It is mounted and the pod's network is up ({@code PodReadyToStartContainers}). */
    MOUNTED,
    /** The pod's container runs. */
    STARTED,
    /** The runner asks for a larger claim. */
    EXPANSION_ASKED,
    /** The storage has granted it; the file system may still have to grow. */
    EXPANDED,
    /** The runner asks for a snapshot. */
    SNAPSHOT_ASKED,
    /** The snapshot is ready to use. */
    SNAPSHOT_READY,
    /** The runner asks for a claim with the snapshot's content. */
    RESTORE_ASKED,
    /** That claim is bound. */
    RESTORED,
    /** The runner asks for the pod's removal. */
    POD_TOLD,
    /** The pod's container has ended. */
    POD_ENDED,
    /** The API server has removed the pod, which kubelet lets it do once the volume is unmounted. */
    POD_GONE,
    /** Its VolumeAttachment is gone. */
    DETACHED,
    /** The runner asks for the claim's removal. */
    DELETION_ASKED,
    /** Its PersistentVolume is gone. */
    DELETED;

    /** The name in JSON: {@code snapshot-ready}. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

package io.berth.model.volumes;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * One step of a volume's life: the time from one moment to another. Where several may begin it, the last one that was before
 * its end does: a volume that isn't attached is mounted from the scheduling of its pod on.
 */
public enum VolumeStep {
    /** Of a class that waits for the first consumer, from when the pod is asked for. */
    BIND("claim to Bound", VolumeMoment.BOUND, VolumeMoment.CLAIMED, VolumeMoment.POD_MADE),
    /** Not from the pod's scheduling: two watches may tell of that and of an attachment in either order. */
    ATTACH("attach", VolumeMoment.ATTACHED, VolumeMoment.ATTACHING),
    MOUNT("mount", VolumeMoment.MOUNTED, VolumeMoment.SCHEDULED, VolumeMoment.ATTACHED),
    EXPAND("expand", VolumeMoment.EXPANDED, VolumeMoment.EXPANSION_ASKED),
    SNAPSHOT("snapshot", VolumeMoment.SNAPSHOT_READY, VolumeMoment.SNAPSHOT_ASKED),
    RESTORE("restore", VolumeMoment.RESTORED, VolumeMoment.RESTORE_ASKED),
    UNMOUNT("unmount", VolumeMoment.POD_GONE, VolumeMoment.POD_ENDED),
    /** Not from when the pod is gone: it may be detached before. */
    DETACH("detach", VolumeMoment.DETACHED, VolumeMoment.POD_ENDED),
    DELETE("delete", VolumeMoment.DELETED, VolumeMoment.DELETION_ASKED);

    private final String title;
    private final VolumeMoment end;
    private final VolumeMoment begin;
    private final VolumeMoment laterBegin;

    VolumeStep(String title, VolumeMoment end, VolumeMoment begin) {
        this(title, end, begin, begin);
    }

    VolumeStep(String title, VolumeMoment end, VolumeMoment begin, VolumeMoment laterBegin) {
        this.title = title;
        this.end = end;
        this.begin = begin;
        this.laterBegin = laterBegin;
    }

    /** The name in JSON: {@code bind}. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For people. */
    public String title() {
        return title;
    }

    /** What it ends with. */
    public VolumeMoment end() {
        return end;
    }

    /** How long it took; absent if its end or all that could begin it were not seen. */
    public OptionalLong nanos(Map<VolumeMoment, Long> moments) {
        Long until = moments.get(end);
        if (until == null) {
            return OptionalLong.empty();
        }
        return Stream.of(begin, laterBegin)
                .map(moments::get)
                .filter(Objects::nonNull)
                .filter(it -> it <= until)
                .mapToLong(it -> until - it)
                .min();
    }
}

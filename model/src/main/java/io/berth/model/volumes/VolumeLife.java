package io.berth.model.volumes;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One volume, from its claim to its deletion.
 *
 * @param claim        its name
 * @param volume       the PersistentVolume that it was bound to
 * @param restored     the PersistentVolume made from its snapshot
 * @param momentNanos  nanoseconds from the wave's origin, by the runner's monotonic clock. What didn't happen or wasn't seen
 *                     is absent
 */
public record VolumeLife(
        String claim, Optional<String> volume, Optional<String> restored, Map<VolumeMoment, Long> momentNanos) {
    public VolumeLife {
        momentNanos = Collections.unmodifiableMap(new TreeMap<>(momentNanos));
    }
}

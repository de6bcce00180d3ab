package io.berth.model.volumes;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Volumes of one class that go through their lives at once. Each step begins when the one before it has ended for all of
 * them.
 *
 * @param profile      whose class it is
 * @param storageClass its name in the cluster
 * @param provisioner  of the class: for CSI, the driver's name
 * @param count        how many volumes at once
 * @param startedAt    the origin of all moments, by the runner's clock, for comparison with the logs of others
 * @param lives        of each volume
 * @param unsupported  steps that the class doesn't have, and why
 * @param unmeasured   steps without a number for some volume or all of them, and why
 */
public record VolumeWave(
        String profile,
        String storageClass,
        String provisioner,
        int count,
        Instant startedAt,
        List<VolumeLife> lives,
        Map<VolumeStep, String> unsupported,
        Map<VolumeStep, String> unmeasured) {
    public VolumeWave {
        lives = List.copyOf(lives);
        unsupported = Collections.unmodifiableMap(new TreeMap<>(unsupported));
        unmeasured = Collections.unmodifiableMap(new TreeMap<>(unmeasured));
    }

    /** How long a step took, in nanoseconds, for each volume that has gone through it, in the order of the lives. */
    public List<Long> nanos(VolumeStep step) {
        return lives.stream()
                .map(life -> step.nanos(life.momentNanos()))
                .filter(OptionalLong::isPresent)
                .map(OptionalLong::getAsLong)
                .toList();
    }
}

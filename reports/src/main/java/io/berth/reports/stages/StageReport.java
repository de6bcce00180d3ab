package io.berth.reports.stages;

import io.berth.model.results.StageKey;
import java.util.Map;
import java.util.Optional;

/**
 * A stage of a workload on every profile that ran it.
 *
 * @param key       by which it was found again in all trials
 * @param operator  what it does
 * @param byProfile by the profile's name
 */
public record StageReport(StageKey key, String operator, Map<String, StageOnProfile> byProfile) {
    public StageReport {
        byProfile = Map.copyOf(byProfile);
    }

    public Optional<StageOnProfile> on(String profile) {
        return Optional.ofNullable(byProfile.get(profile));
    }

    /**
     * Whether it belongs to the workload's I/O-bound stages: if it is so on any of the profiles. A faster storage would
     * otherwise drop stages from the set, and every profile would be judged by a different one.
     */
    public boolean inIoBoundSet() {
        return byProfile.values().stream()
                .flatMap(it -> it.probed().stream())
                .anyMatch(it -> it.classification() == IoBound.IO_BOUND);
    }

    /** The task time on the profile where it took the most. */
    public double mostNanos() {
        return byProfile.values().stream()
                .mapToDouble(it -> it.split().totalNanos())
                .max()
                .orElse(0);
    }
}

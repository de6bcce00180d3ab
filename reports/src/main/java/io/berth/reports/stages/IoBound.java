package io.berth.reports.stages;

import io.berth.model.plan.Thresholds;
import java.util.Optional;

/** What holds a stage back, by the plan's thresholds. */
public enum IoBound {
    IO_BOUND("I/O-bound"),
    MIXED("mixed"),
    NEITHER("—");

    private final String label;

    IoBound(String label) {
        this.label = label;
    }

    /** For people. */
    public String label() {
        return label;
    }

    static IoBound of(double blockedFraction, Optional<Double> replayBound, Thresholds thresholds) {
        if (blockedFraction >= thresholds.ioBoundBlockedFraction()
                || replayBound
                        .filter(bound -> bound >= thresholds.ioBoundReplayBound())
                        .isPresent()) {
            return IO_BOUND;
        }
        return blockedFraction >= thresholds.mixedBlockedFraction() ? MIXED : NEITHER;
    }
}

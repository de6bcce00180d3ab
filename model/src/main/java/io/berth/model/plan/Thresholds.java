package io.berth.model.plan;

/**
 * When a stage is called I/O-bound or mixed, after the definitions in docs/methodology.md.
 *
 * @param ioBoundBlockedFraction  a stage is I/O-bound from this blocked fraction on
 * @param ioBoundReplayBound      or from this replay bound on
 * @param mixedBlockedFraction    a stage that isn't I/O-bound is mixed from this blocked fraction on
 * @param completeTaskFraction    a trial whose probe saw fewer of its tasks is unverified
 */
public record Thresholds(
        double ioBoundBlockedFraction,
        double ioBoundReplayBound,
        double mixedBlockedFraction,
        double completeTaskFraction) {
    /** The thresholds of every plan until suites may choose their own. */
    public static final Thresholds DEFAULT = new Thresholds(0.5, 1.5, 0.2, 0.995);
}

package io.berth.model.results;

/**
 * What makes two stages of different applications the same stage. Spark's stage ids don't: they depend on what ran before.
 *
 * @param step        the step it ran for
 * @param ordinal     0-based place among the stages of the step
 * @param fingerprint of the stage's operators
 */
public record StageKey(String step, int ordinal, String fingerprint) {}

package io.berth.model.results;

import io.berth.model.plan.Trial;
import io.berth.model.text.FormatVersion;
import java.util.List;

/**
 * The sealed file of a trial: every attempt at it. Its presence in the results directory is the journal.
 *
 * @param format   version of this file's format
 * @param trial    as in the plan
 * @param attempts in order, at least one
 */
public record TrialResult(FormatVersion format, Trial trial, List<Attempt> attempts) {
    public TrialResult {
        attempts = List.copyOf(attempts);
        if (attempts.isEmpty()) {
            throw new IllegalArgumentException("trial " + trial.id() + " has no attempt");
        }
    }

    /** The attempt that counts: the last completed one, else the last one. */
    public Attempt decisive() {
        for (int i = attempts.size() - 1; i >= 0; i--) {
            if (attempts.get(i).outcome() instanceof TrialOutcome.Completed) {
                return attempts.get(i);
            }
        }
        return attempts.get(attempts.size() - 1);
    }
}

package io.berth.model.results;

import io.berth.model.plan.Plan;
import java.util.List;

/**
 * What a results directory holds. A run that is still going on, or was stopped, has results too: those of the trials
 * that ended.
 *
 * @param plan   that the directory belongs to
 * @param trials the sealed ones, in any order; trials of the plan may be missing
 */
public record Results(Plan plan, List<TrialResult> trials) {
    public Results {
        trials = List.copyOf(trials);
    }
}

package io.berth.model.results;

import io.berth.model.plan.Plan;
import java.util.List;

/**
 * What a results directory holds: a plan and the trials that have ended. A run that isn't finished is a valid one.
 *
 * @param plan   what was to be run
 * @param trials those that are sealed, in the plan's order
 */
public record Results(Plan plan, List<TrialResult> trials) {
    public Results {
        trials = List.copyOf(trials);
    }
}

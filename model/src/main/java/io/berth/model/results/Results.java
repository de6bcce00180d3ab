package io.berth.model.results;

import io.berth.model.plan.Plan;
import io.berth.model.volumes.VolumeWave;
import java.util.List;

/**
 * What a results directory holds: a plan and the trials that have ended. A run that isn't finished is a valid one.
 *
 * @param plan   what was to be run
 * @param trials those that are sealed, in the plan's order
 * @param waves  lives of volumes, in the order of their measurement
 */
public record Results(Plan plan, List<TrialResult> trials, List<VolumeWave> waves) {
    public Results {
        trials = List.copyOf(trials);
        waves = List.copyOf(waves);
    }

    /** Of a run, which measures no lives of volumes. */
    public Results(Plan plan, List<TrialResult> trials) {
        this(plan, trials, List.of());
    }
}

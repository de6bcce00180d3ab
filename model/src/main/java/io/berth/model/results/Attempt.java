package io.berth.model.results;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One try at a trial.
 *
 * @param number       1 for the first
 * @param startedAt    by the runner's clock
 * @param elapsedNanos of the whole application, as the runner saw it
 * @param runnerNanos  that the runner itself took for it: writing the spec, starting, reading the records, sealing
 * @param outcome      how it ended
 * @param lifecycle    as the application says; absent if it didn't get so far
 * @param environment  as the application says; absent if it didn't get so far
 * @param mounts       what the directories it used really are
 * @param dataSets     that it made or read
 * @param warnings     that belong to this trial
 * @param log          the application's log, relative to the results directory; absent if no application was started
 * @param pods         the pods it ran in; none outside of Kubernetes
 */
public record Attempt(
        int number,
        Instant startedAt,
        long elapsedNanos,
        long runnerNanos,
        TrialOutcome outcome,
        Optional<Lifecycle> lifecycle,
        Optional<Environment> environment,
        List<MountFact> mounts,
        List<DataSetFact> dataSets,
        List<Warning> warnings,
        Optional<String> log,
        List<PodLife> pods) {
    public Attempt {
        // Earlier versions wrote an empty text.
        log = log.filter(name -> !name.isEmpty());
        mounts = List.copyOf(mounts);
        dataSets = List.copyOf(dataSets);
        warnings = List.copyOf(warnings);
        // Files of version 1.0 have none.
        pods = pods == null ? List.of() : List.copyOf(pods);
    }

    /** An attempt outside of Kubernetes. */
    public Attempt(
            int number,
            Instant startedAt,
            long elapsedNanos,
            long runnerNanos,
            TrialOutcome outcome,
            Optional<Lifecycle> lifecycle,
            Optional<Environment> environment,
            List<MountFact> mounts,
            List<DataSetFact> dataSets,
            List<Warning> warnings,
            Optional<String> log) {
        this(
                number,
                startedAt,
                elapsedNanos,
                runnerNanos,
                outcome,
                lifecycle,
                environment,
                mounts,
                dataSets,
                warnings,
                log,
                List.of());
    }
}

package io.berth.reports.cells;

import io.berth.model.plan.Trial;
import io.berth.model.results.Attempt;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.Measurements;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.TrialResult;
import io.berth.reports.statistics.Estimate;
import java.util.List;
import java.util.Optional;

/**
 * A planned trial with what became of it, after its record and answers were checked. Its numbers can only be had while
 * nothing speaks against it.
 *
 * @param trial   as planned
 * @param result  absent if it hasn't run
 * @param outcome never {@link CellOutcome#PARTIAL}
 * @param reason  why it has no numbers; absent if it has
 */
public record JudgedTrial(Trial trial, Optional<TrialResult> result, CellOutcome outcome, Optional<String> reason) {

    /** The attempt that counts. */
    public Optional<Attempt> attempt() {
        return result.map(TrialResult::decisive);
    }

    /** The numbers of a trial that completed and was not found wrong. A preparation is never measured. */
    public Optional<Measurements> measurements() {
        return outcome == CellOutcome.COMPLETED && trial.kind() == Trial.Kind.MEASURE ? raw() : Optional.empty();
    }

    /** Seconds of the measured iterations, in order; empty if the trial has no numbers. */
    public List<Double> samples() {
        return measurements().stream()
                .flatMap(it -> it.measured().stream())
                .map(IterationMeasurement::elapsedNanos)
                .map(nanos -> nanos / 1e9)
                .toList();
    }

    /** The value of this fork: the median of its measured iterations in seconds. */
    public Optional<Double> seconds() {
        return Estimate.of(samples()).map(Estimate::median);
    }

    JudgedTrial unverified(String why) {
        return new JudgedTrial(trial, result, CellOutcome.UNVERIFIED, Optional.of(why));
    }

    /** Whatever was recorded, trusted or not: for checks only. */
    Optional<Measurements> raw() {
        return attempt()
                .map(Attempt::outcome)
                .flatMap(it -> it instanceof TrialOutcome.Completed completed
                        ? Optional.of(completed.measurements())
                        : Optional.empty());
    }
}

package io.berth.reports.cells;

import io.berth.model.plan.Cell;
import io.berth.model.results.Warning;
import io.berth.reports.statistics.Estimate;
import io.berth.reports.statistics.Ratio;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a report says of one workload on one profile.
 *
 * @param cell     workload and profile
 * @param baseline whether its profile is the one that ratios refer to
 * @param outcome  the worst of its trials
 * @param reason   what the outcome is due to; absent if the cell completed
 * @param trials   its measuring trials by block, also those that haven't run
 * @param seconds  over forks; absent unless the outcome has numbers
 * @param ratio    to the baseline's cell of the same workload; absent for the baseline itself and where {@code noRatio}
 *                 says why
 * @param noRatio  why there is no ratio though one is to be expected
 * @param steps    in the order of execution; empty unless the outcome has numbers
 * @param warnings what a reader must know before believing the numbers; empty if there are none
 */
public record CellReport(
        Cell cell,
        boolean baseline,
        CellOutcome outcome,
        Optional<String> reason,
        List<JudgedTrial> trials,
        Optional<Estimate> seconds,
        Optional<Ratio> ratio,
        Optional<String> noRatio,
        List<StepReport> steps,
        List<Warning> warnings) {
    public CellReport {
        trials = List.copyOf(trials);
        steps = List.copyOf(steps);
        warnings = List.copyOf(warnings);
    }

    /** The trials whose numbers count: none unless the cell's outcome has numbers. */
    public List<JudgedTrial> counted() {
        return outcome.hasNumbers()
                ? trials.stream()
                        .filter(it -> it.outcome() == CellOutcome.COMPLETED)
                        .toList()
                : List.of();
    }

    /** Seconds of every measured iteration that counts, by block and iteration. */
    public List<Double> samples() {
        return counted().stream().flatMap(it -> it.samples().stream()).toList();
    }

    /** The value of each fork that counts, by block. */
    public SortedMap<Integer, Double> forkSeconds() {
        SortedMap<Integer, Double> seconds = new TreeMap<>();
        counted().forEach(it -> it.seconds()
                .ifPresent(value -> seconds.put(it.trial().block(), value)));
        return seconds;
    }

    /** Time from the end of an iteration until what it wrote was on stable storage, in seconds over forks. */
    public Optional<Estimate> drain() {
        return Estimate.of(counted().stream()
                .flatMap(it -> it.measurements().stream())
                .flatMap(it -> Estimate.of(it.measured().stream()
                                .filter(iteration -> iteration.drainNanos().isPresent())
                                .map(iteration -> iteration.drainNanos().getAsLong() / 1e9)
                                .toList())
                        .stream())
                .map(Estimate::median)
                .toList());
    }

    /** The number of forks that count. */
    public int n() {
        return seconds.map(Estimate::n).orElse(0);
    }

    /** The step of that name. */
    public Optional<StepReport> step(String name) {
        return steps.stream().filter(it -> it.name().equals(name)).findFirst();
    }

    CellReport with(List<Warning> found) {
        return new CellReport(cell, baseline, outcome, reason, trials, seconds, ratio, noRatio, steps, found);
    }
}

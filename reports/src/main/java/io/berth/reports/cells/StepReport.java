package io.berth.reports.cells;

import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.StepMeasurement;
import io.berth.reports.statistics.Estimate;
import io.berth.reports.statistics.Interval;
import io.berth.reports.statistics.Ratio;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A step of a workload on one profile.
 *
 * @param name           a query or a phase
 * @param seconds        over forks
 * @param forkSeconds    the value of each fork by block: the median of its measured iterations
 * @param ratio          to the baseline's step of the same name
 * @param bytesPerSecond payload over wall time; absent where the workload moves no payload that it could count
 * @param details        further numbers of the workload, each the median over forks
 */
public record StepReport(
        String name,
        Estimate seconds,
        SortedMap<Integer, Double> forkSeconds,
        Optional<Ratio> ratio,
        Optional<Estimate> bytesPerSecond,
        SortedMap<String, Double> details) {

    /** The steps of a cell from the trials that count. */
    static List<StepReport> of(List<JudgedTrial> counted) {
        Set<String> names = new LinkedHashSet<>();
        counted.forEach(trial -> steps(trial).forEach(step -> names.add(step.name())));
        List<StepReport> reports = new ArrayList<>();
        for (String name : names) {
            SortedMap<Integer, Double> seconds = new TreeMap<>();
            List<Double> throughputs = new ArrayList<>();
            SortedMap<String, List<Double>> details = new TreeMap<>();
            for (JudgedTrial trial : counted) {
                List<StepMeasurement> ofFork = steps(trial).stream()
                        .filter(step -> step.name().equals(name))
                        .toList();
                median(ofFork, step -> Optional.of(step.elapsedNanos() / 1e9))
                        .ifPresent(value -> seconds.put(trial.trial().block(), value));
                median(ofFork, StepReport::throughput).ifPresent(throughputs::add);
                Set<String> keys = new LinkedHashSet<>();
                ofFork.forEach(step -> keys.addAll(step.details().keySet()));
                for (String key : keys) {
                    median(ofFork, step -> Optional.ofNullable(step.details().get(key)))
                            .ifPresent(value -> details.computeIfAbsent(key, it -> new ArrayList<>())
                                    .add(value));
                }
            }
            SortedMap<String, Double> medians = new TreeMap<>();
            details.forEach(
                    (key, values) -> Estimate.of(values).ifPresent(estimate -> medians.put(key, estimate.median())));
            Estimate.of(seconds.values())
                    .ifPresent(estimate -> reports.add(new StepReport(
                            name, estimate, seconds, Optional.empty(), Estimate.of(throughputs), medians)));
        }
        return reports;
    }

    /** The greatest value of a fork. */
    public double greatest() {
        return seconds.range().map(Interval::high).orElse(seconds.median());
    }

    StepReport relativeTo(Optional<StepReport> baseline) {
        Optional<Ratio> relative = baseline.flatMap(it -> Ratio.paired(forkSeconds, it.forkSeconds));
        return new StepReport(name, seconds, forkSeconds, relative, bytesPerSecond, details);
    }

    private static List<StepMeasurement> steps(JudgedTrial trial) {
        return trial.measurements().stream()
                .flatMap(it -> it.measured().stream())
                .map(IterationMeasurement::steps)
                .flatMap(List::stream)
                .toList();
    }

    private static Optional<Double> throughput(StepMeasurement step) {
        return step.bytes().isPresent() && step.elapsedNanos() > 0
                ? Optional.of(step.bytes().getAsLong() / (step.elapsedNanos() / 1e9))
                : Optional.empty();
    }

    private static Optional<Double> median(
            List<StepMeasurement> steps, Function<StepMeasurement, Optional<Double>> value) {
        return Estimate.of(steps.stream()
                        .flatMap(step -> value.apply(step).stream())
                        .filter(Double::isFinite)
                        .toList())
                .map(Estimate::median);
    }
}

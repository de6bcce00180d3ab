package io.berth.reports.cells;

import io.berth.model.results.Attempt;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.TrialResult;
import io.berth.model.results.Warning;
import io.berth.model.suite.Durability;
import io.berth.model.suite.Role;
import io.berth.reports.statistics.Estimate;
import io.berth.reports.statistics.MedianInterval;
import io.berth.reports.text.Quantity;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Computes the warnings of a cell from its data, the gravest kind first. A cell without numbers needs none. */
final class Warnings {
    /** From this relative range on, SNIA's performance test specification doesn't call a storage steady. */
    static final double WIDE_RANGE = 0.2;

    private static final double LARGE_DRAIN = 0.1;
    private static final long SHORT_ITERATION_NANOS = 1_000_000_000L;

    private final Evidence mine;
    private final Optional<Evidence> baseline;
    private final List<Warning> found = new ArrayList<>();

    private Warnings(Evidence mine, Optional<Evidence> baseline) {
        this.mine = mine;
        this.baseline = baseline.filter(it -> !it.profile().equals(mine.profile()))
                .filter(it -> it.report().outcome().hasNumbers());
    }

    /**
     * The warnings of a cell.
     *
     * @param baseline the evidence of the baseline's cell of the same workload; may be the cell itself
     */
    static List<Warning> of(Evidence mine, Optional<Evidence> baseline) {
        if (!mine.report().outcome().hasNumbers()) {
            return List.of();
        }
        Warnings warnings = new Warnings(mine, baseline);
        warnings.storage();
        warnings.comparison();
        warnings.course();
        warnings.statistics();
        warnings.recorded();
        return List.copyOf(new LinkedHashSet<>(warnings.found));
    }

    /** Why two cells of a workload may not be set in relation; absent if they may. */
    static Optional<String> differentSemantics(Evidence mine, Evidence baseline) {
        SortedSet<String> sparks = new TreeSet<>(mine.sparks());
        sparks.addAll(baseline.sparks());
        if (sparks.size() > 1) {
            return Optional.of("Spark is %s here, %s on the baseline"
                    .formatted(String.join(" and ", mine.sparks()), String.join(" and ", baseline.sparks())));
        }
        SortedSet<String> all = new TreeSet<>(mine.durabilities());
        all.addAll(baseline.durabilities());
        if (all.size() > 1) {
            return Optional.of("writes are %s here, %s on the baseline"
                    .formatted(
                            String.join(" and ", mine.durabilities()), String.join(" and ", baseline.durabilities())));
        }
        if (all.contains(Durability.SYNCED.label()) && mine.isMemory() != baseline.isMemory()) {
            return Optional.of("memory has no stable storage to synchronise writes to");
        }
        return Optional.empty();
    }

    private void storage() {
        if (mine.isMemory()) {
            found.add(WarningKind.MEMORY.says("this profile is memory, not storage"));
        } else if (mine.workload().cachePolicy().equals("uncontrolled")) {
            String size = mine.dataBytes()
                    .map(bytes -> "; the data set has " + Quantity.bytes(bytes))
                    .orElse("");
            found.add(
                    mine.writes()
                            ? WarningKind.PAGE_CACHE.says(
                                    "the page cache was not controlled: writes may not have reached the storage, and reads may have come from memory%s"
                                            .formatted(size))
                            : WarningKind.PAGE_CACHE.says(
                                    "the page cache was not controlled: reads may have come from memory%s"
                                            .formatted(size)));
        }
        SortedSet<String> scratch = mine.devices(Role.SCRATCH);
        if (!scratch.isEmpty() && !scratch.equals(mine.devices(Role.DATA))) {
            found.add(WarningKind.SCRATCH_ELSEWHERE.says(
                    "shuffle and spill were on %s".formatted(String.join(", ", scratch))));
        }
    }

    private void comparison() {
        if (baseline.isEmpty()) {
            return;
        }
        Evidence other = baseline.get();
        String otherName = other.profile().name();
        differentSemantics(mine, other)
                .ifPresent(why ->
                        found.add(WarningKind.SEMANTICS_DIFFER.says("no ratio to %s: %s".formatted(otherName, why))));
        if (mine.profile().accessType() != other.profile().accessType()) {
            found.add(WarningKind.ACCESS_TYPES_DIFFER.says("%s is %s, the baseline %s is %s"
                    .formatted(
                            mine.profile().name(),
                            mine.profile().accessType().label(),
                            otherName,
                            other.profile().accessType().label())));
        }
        SortedSet<String> shared = mine.sources(Role.DATA);
        shared.retainAll(other.sources(Role.DATA));
        if (!shared.isEmpty() && !mine.isMemory() && !other.isMemory()) {
            found.add(WarningKind.SAME_DEVICE.says(
                    "the data of %s is on %s too".formatted(otherName, String.join(", ", shared))));
        }
        if (!mine.dataSets().equals(other.dataSets())) {
            found.add(WarningKind.DATA_DIFFERS.says("the data set isn't the one of %s".formatted(otherName)));
        }
    }

    private void course() {
        differingFacts()
                .forEach((fact, values) -> found.add(
                        WarningKind.ENVIRONMENT_DIFFERS.says("%s is %s".formatted(fact, String.join(" or ", values)))));
        if (mine.lostTasks() > 0) {
            found.add(WarningKind.DISTURBED.says("%s failed or killed in the measured iterations"
                    .formatted(Quantity.count(mine.lostTasks(), "task"))));
        }
        for (JudgedTrial trial : mine.report().counted()) {
            List<Attempt> attempts = trial.result().map(TrialResult::attempts).orElse(List.of());
            if (attempts.size() > 1) {
                String first = CellOutcome.reason(attempts.get(0).outcome());
                found.add(WarningKind.RETRIED.says("block %s took %s attempts, the first ended: %s"
                        .formatted(
                                trial.trial().block(),
                                attempts.size(),
                                first.isEmpty() ? attempts.get(0).outcome().label() : first)));
            }
        }
    }

    private void statistics() {
        CellReport report = mine.report();
        int planned = report.trials().size();
        if (report.outcome() == CellOutcome.PARTIAL) {
            found.add(WarningKind.PARTIAL.says(
                    "%s of %s so far".formatted(report.n(), Quantity.count(planned, "block"))));
        }
        if (report.n() < MedianInterval.LEAST_SAMPLE) {
            found.add(WarningKind.FEW_FORKS.says("%s: no interval for the median (%s needed)"
                    .formatted(Quantity.count(report.n(), "fork"), MedianInterval.LEAST_SAMPLE)));
        }
        report.seconds()
                .flatMap(Estimate::relativeRange)
                .filter(range -> range > WIDE_RANGE)
                .ifPresent(range -> found.add(
                        WarningKind.SPREAD.says("the range is %s of the median".formatted(Quantity.percent(range)))));
        report.counted().stream()
                .flatMap(fork -> Estimate.of(fork.samples()).stream())
                .flatMap(iterations -> iterations.relativeRange().stream())
                .max(Double::compare)
                .filter(range -> range > WIDE_RANGE)
                .ifPresent(range -> found.add(WarningKind.UNSTEADY.says(
                        "the measured iterations of one fork differ by %s".formatted(Quantity.percent(range)))));
        Optional<Long> shortest =
                mine.measured().stream().map(IterationMeasurement::elapsedNanos).min(Long::compare);
        shortest.filter(nanos -> nanos < SHORT_ITERATION_NANOS)
                .ifPresent(nanos -> found.add(WarningKind.SHORT_ITERATIONS.says(
                        "the shortest measured iteration took %s".formatted(Quantity.nanos(nanos)))));
        report.drain()
                .map(Estimate::median)
                .filter(drain -> report.seconds()
                        .filter(seconds -> drain > LARGE_DRAIN * seconds.median())
                        .isPresent())
                .ifPresent(drain -> found.add(WarningKind.DRAIN.says(
                        "what was written needed another %s to reach the storage".formatted(Quantity.seconds(drain)))));
    }

    private void recorded() {
        Set<Warning> recorded = new LinkedHashSet<>();
        mine.attempts().forEach(attempt -> recorded.addAll(attempt.warnings()));
        // Whoever made the trial knows why.
        found.removeIf(own -> recorded.stream().anyMatch(it -> it.code().equals(own.code())));
        found.addAll(recorded);
    }

    /** The facts that aren't the same in all counted trials of this cell and its baseline. */
    private SortedMap<String, Set<String>> differingFacts() {
        SortedMap<String, Set<String>> all = new TreeMap<>(mine.facts());
        baseline.ifPresent(other -> other.facts()
                .forEach((fact, values) -> all.merge(fact, values, (mineToo, theirs) -> {
                    Set<String> both = new TreeSet<>(mineToo);
                    both.addAll(theirs);
                    return both;
                })));
        all.remove(Evidence.DURABILITY_FACT);
        all.values().removeIf(values -> values.size() < 2);
        return all;
    }
}

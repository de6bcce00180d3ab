package io.berth.reports.cells;

import io.berth.model.plan.Cell;
import io.berth.model.plan.Plan;
import io.berth.model.plan.Trial;
import io.berth.model.results.Results;
import io.berth.reports.statistics.Estimate;
import io.berth.reports.statistics.Ratio;
import io.berth.reports.text.Quantity;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Every cell of a run beside the others, judged. What every form of the report is made from. */
public final class Comparison {
    private final Plan plan;
    private final List<JudgedTrial> trials;
    private final List<CellReport> cells;

    private Comparison(Plan plan, List<JudgedTrial> trials) {
        this.plan = plan;
        this.trials = trials;
        List<CellReport> alone = plan.cells().stream().map(this::alone).toList();
        List<CellReport> related = alone.stream()
                .map(cell -> related(cell, baselineOf(cell.cell(), alone)))
                .toList();
        this.cells = related.stream()
                .map(cell -> cell.with(Warnings.of(
                        evidence(cell), baselineOf(cell.cell(), related).map(this::evidence))))
                .toList();
    }

    /** Judges and compares everything in the results. */
    public static Comparison of(Results results) {
        return new Comparison(results.plan(), new Judge(results).judge());
    }

    public Plan plan() {
        return plan;
    }

    /** Every planned trial, also preparations, in the order of the plan. */
    public List<JudgedTrial> trials() {
        return trials;
    }

    /** Every cell, in the suite's order: workload by workload. */
    public List<CellReport> cells() {
        return cells;
    }

    /**
     * One cell.
     *
     * @throws IllegalArgumentException if the plan has none such
     */
    public CellReport cell(String workload, String profile) {
        Cell wanted = new Cell(workload, profile);
        return cells.stream()
                .filter(it -> it.cell().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no cell " + wanted + " in plan of " + plan.suite()));
    }

    /** The cells of a workload, in the order of the profiles. */
    public List<CellReport> cells(String workload) {
        return cells.stream()
                .filter(it -> it.cell().workload().equals(workload))
                .toList();
    }

    /** The cells of a profile, in the order of the workloads. */
    public List<CellReport> cellsOf(String profile) {
        return cells.stream().filter(it -> it.cell().profile().equals(profile)).toList();
    }

    /**
     * The geometric mean of a profile's ratios over all workloads: absent unless every workload has one, so that profiles
     * are never compared over different sets.
     */
    public Optional<Double> meanRatio(String profile) {
        List<Double> ratios = cellsOf(profile).stream()
                .flatMap(it -> it.ratio().stream())
                .map(Ratio::median)
                .toList();
        return ratios.size() == plan.workloads().size() ? Ratio.geometricMean(ratios) : Optional.empty();
    }

    /** Whether planned measuring trials haven't run. */
    public boolean isPartial() {
        return missing() > 0;
    }

    /** How many measuring trials haven't run. */
    public long missing() {
        return measuring().stream()
                .filter(it -> it.outcome() == CellOutcome.NOT_RUN)
                .count();
    }

    /** The measuring trials, in the order of the plan. */
    public List<JudgedTrial> measuring() {
        return trials.stream()
                .filter(it -> it.trial().kind() == Trial.Kind.MEASURE)
                .toList();
    }

    private CellReport alone(Cell cell) {
        List<JudgedTrial> own = trials.stream()
                .filter(it -> it.trial().kind() == Trial.Kind.MEASURE
                        && it.trial().cell().equals(cell))
                .sorted(Comparator.comparingInt(it -> it.trial().block()))
                .toList();
        long completed =
                own.stream().filter(it -> it.outcome() == CellOutcome.COMPLETED).count();
        CellOutcome worst = own.stream()
                .map(JudgedTrial::outcome)
                .reduce(CellOutcome::worse)
                .orElse(CellOutcome.NOT_RUN);
        CellOutcome outcome = worst == CellOutcome.NOT_RUN && completed > 0 ? CellOutcome.PARTIAL : worst;
        Optional<String> reason = reason(cell, own, outcome, completed);
        if (outcome == CellOutcome.NOT_RUN) {
            outcome = unprepared(cell).map(JudgedTrial::outcome).orElse(outcome);
        }
        CellReport counted = new CellReport(
                cell,
                cell.profile().equals(plan.baseline()),
                outcome,
                reason,
                own,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of());
        return new CellReport(
                cell,
                counted.baseline(),
                outcome,
                reason,
                own,
                Estimate.of(counted.forkSeconds().values()),
                Optional.empty(),
                Optional.empty(),
                StepReport.of(counted.counted()),
                List.of());
    }

    private Optional<String> reason(Cell cell, List<JudgedTrial> own, CellOutcome outcome, long completed) {
        return switch (outcome) {
            case COMPLETED -> Optional.empty();
            case PARTIAL -> Optional.of("%s of %s so far".formatted(completed, Quantity.count(own.size(), "block")));
            case NOT_RUN ->
                Optional.of(unprepared(cell)
                        .flatMap(it -> it.reason().map(why -> "its data was not prepared: " + why))
                        .orElse("none of its %s has run".formatted(Quantity.count(own.size(), "trial"))));
            case UNVERIFIED, FAILED, TIMED_OUT ->
                Optional.of(
                        worst(own.stream().filter(it -> it.outcome() == outcome).toList(), own.size() == 1));
        };
    }

    private static String worst(List<JudgedTrial> worst, boolean only) {
        String where = only ? "" : "block %s: ".formatted(worst.get(0).trial().block());
        String more =
                worst.size() == 1 ? "" : " (and in %s more)".formatted(Quantity.count(worst.size() - 1L, "block"));
        return where + worst.get(0).reason().orElse("no reason was recorded") + more;
    }

    /** The preparation of a cell's data that went wrong. */
    private Optional<JudgedTrial> unprepared(Cell cell) {
        return trials.stream()
                .filter(it -> it.trial().kind() == Trial.Kind.PREPARE
                        && it.trial().cell().equals(cell)
                        && it.outcome().isBad())
                .findFirst();
    }

    private CellReport related(CellReport cell, Optional<CellReport> baseline) {
        if (cell.baseline() || baseline.isEmpty() || !cell.outcome().hasNumbers()) {
            return cell;
        }
        CellReport other = baseline.get();
        if (!other.outcome().hasNumbers()) {
            return unrelated(cell, "the baseline has no numbers");
        }
        Optional<String> why = Warnings.differentSemantics(evidence(cell), evidence(other));
        if (why.isPresent()) {
            return unrelated(cell, why.get());
        }
        Optional<Ratio> ratio = Ratio.paired(cell.forkSeconds(), other.forkSeconds());
        if (ratio.isEmpty()) {
            return unrelated(cell, "no block has both this cell and the baseline's");
        }
        return new CellReport(
                cell.cell(),
                false,
                cell.outcome(),
                cell.reason(),
                cell.trials(),
                cell.seconds(),
                ratio,
                Optional.empty(),
                cell.steps().stream()
                        .map(step -> step.relativeTo(other.step(step.name())))
                        .toList(),
                cell.warnings());
    }

    private static CellReport unrelated(CellReport cell, String why) {
        return new CellReport(
                cell.cell(),
                false,
                cell.outcome(),
                cell.reason(),
                cell.trials(),
                cell.seconds(),
                Optional.empty(),
                Optional.of(why),
                cell.steps(),
                cell.warnings());
    }

    private Optional<CellReport> baselineOf(Cell cell, List<CellReport> all) {
        return all.stream()
                .filter(it -> it.baseline() && it.cell().workload().equals(cell.workload()))
                .findFirst();
    }

    private Evidence evidence(CellReport cell) {
        return new Evidence(
                cell,
                plan.workload(cell.cell().workload()),
                plan.profile(cell.cell().profile()));
    }
}

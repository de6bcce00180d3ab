package io.berth.reports;

import io.berth.model.plan.PlannedWorkload;
import io.berth.model.results.Warning;
import io.berth.reports.cells.CellReport;
import io.berth.reports.cells.Comparison;
import io.berth.reports.charts.Charts;
import io.berth.reports.stages.StageOnProfile;
import io.berth.reports.stages.StageReport;
import io.berth.reports.stages.Stages;
import io.berth.reports.statistics.Interval;
import io.berth.reports.text.Quantity;
import io.berth.reports.text.Terminal;
import io.berth.reports.volumes.ClassLives;
import io.berth.reports.volumes.VolumeText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The report for a terminal: the matrix, then what has no numbers and why, the I/O-bound stages and the warnings, all within
 * 100 columns.
 */
final class TextReport {
    private static final int CELL = 36;
    private static final int NAME = 24;
    /** How many I/O-bound stages of a workload are told of. */
    private static final int STAGES = 5;

    private final Comparison comparison;
    private final Map<Warning, Integer> numbers = new LinkedHashMap<>();
    private final Terminal out = new Terminal();

    private TextReport(Comparison comparison) {
        this.comparison = comparison;
        comparison.cells().forEach(cell -> cell.warnings().forEach(it -> numbers.putIfAbsent(it, numbers.size() + 1)));
    }

    static String of(Comparison comparison, List<ClassLives> volumes) {
        TextReport report = new TextReport(comparison);
        if (!volumes.isEmpty()) {
            VolumeText.show(volumes, report.out);
        }
        if (comparison.plan().workloads().isEmpty()) {
            return report.out.toString();
        }
        report.head();
        report.matrix();
        report.withoutNumbers();
        report.ioBound();
        report.warnings();
        return report.out.toString();
    }

    private void head() {
        line("%s: %s on %s in %s (seed %s)"
                .formatted(
                        comparison.plan().suite(),
                        Quantity.count(comparison.plan().workloads().size(), "workload"),
                        Quantity.count(comparison.plan().profiles().size(), "profile"),
                        Quantity.count(comparison.plan().blocks(), "block"),
                        comparison.plan().seed()));
        if (comparison.isPartial()) {
            line("PARTIAL RUN: %s of %s not run"
                    .formatted(
                            comparison.missing(),
                            Quantity.count(comparison.measuring().size(), "trial")));
        }
        line("Median, range and n over forks; ratio to the baseline (*) paired by block, below 1 is less time.");
    }

    /** As many profiles beside each other as fit, the others in further tables. */
    private void matrix() {
        List<String> profiles =
                comparison.plan().profiles().stream().map(it -> it.name()).toList();
        int fitting = (Terminal.COLUMNS - NAME) / (CELL + 2);
        for (int from = 0; from < profiles.size(); from += fitting) {
            table(profiles.subList(from, Math.min(profiles.size(), from + fitting)));
        }
    }

    private void table(List<String> profiles) {
        line("");
        row("workload", profiles, profile -> profile.equals(comparison.plan().baseline()) ? profile + " *" : profile);
        line("-".repeat(NAME) + ("  " + "-".repeat(CELL)).repeat(profiles.size()));
        comparison.plan().workloads().forEach(workload -> {
            row(workload.name(), profiles, profile -> first(comparison.cell(workload.name(), profile)));
            row("", profiles, profile -> second(comparison.cell(workload.name(), profile)));
        });
        if (profiles.stream().anyMatch(it -> comparison.meanRatio(it).isPresent())) {
            row("geometric mean", profiles, profile -> comparison
                    .meanRatio(profile)
                    .map(Quantity::times)
                    .orElse(""));
        }
    }

    private static String first(CellReport cell) {
        return cell.seconds()
                .map(estimate -> Quantity.seconds(estimate.median())
                        + cell.ratio()
                                .map(ratio -> "  " + Quantity.times(ratio.median()))
                                .orElse(cell.noRatio().isPresent() ? "  no ratio" : ""))
                .orElse(cell.outcome().label().toUpperCase(Locale.ROOT));
    }

    private String second(CellReport cell) {
        return cell.seconds()
                .map(estimate -> range(estimate.range()) + "n=" + estimate.n() + marks(cell))
                .orElse("");
    }

    private static String range(Optional<Interval> range) {
        return range.map(it -> "%s–%s s  ".formatted(Quantity.digits(it.low()), Quantity.digits(it.high())))
                .orElse("");
    }

    private String marks(CellReport cell) {
        return cell.warnings().isEmpty()
                ? ""
                : "  "
                        + cell.warnings().stream()
                                .map(it -> String.valueOf(numbers.get(it)))
                                .collect(Collectors.joining(",", "[", "]"));
    }

    private void withoutNumbers() {
        List<CellReport> bad =
                comparison.cells().stream().filter(it -> it.seconds().isEmpty()).toList();
        if (!bad.isEmpty()) {
            line("");
            line("Cells without numbers");
            bad.forEach(cell -> wrap(
                    "  ",
                    "%s: %s: %s"
                            .formatted(
                                    cell.cell(),
                                    cell.outcome().label(),
                                    cell.reason().orElse(""))));
        }
        List<CellReport> unrelated = comparison.cells().stream()
                .filter(it -> it.noRatio().isPresent())
                .toList();
        if (!unrelated.isEmpty()) {
            line("");
            line("Cells without a ratio");
            unrelated.forEach(cell ->
                    wrap("  ", "%s: %s".formatted(cell.cell(), cell.noRatio().orElseThrow())));
        }
    }

    /** The stages that storage holds up, each with what it is on the profiles that have it. */
    private void ioBound() {
        boolean begun = false;
        for (PlannedWorkload workload : comparison.plan().workloads()) {
            List<StageReport> bound = Stages.of(comparison, workload.name()).stream()
                    .filter(StageReport::inIoBoundSet)
                    .sorted(Comparator.comparingDouble(StageReport::mostNanos).reversed())
                    .toList();
            if (!bound.isEmpty() && !begun) {
                begun = true;
                line("");
                line("I/O-bound stages on at least one profile, the largest first (more by berth explain)");
            }
            bound.stream().limit(STAGES).forEach(stage -> {
                wrap("  ", workload.name() + " · " + Charts.title(stage));
                wrap("      ", blocked(stage));
            });
            if (bound.size() > STAGES) {
                line("  %s · and %s".formatted(workload.name(), Quantity.count(bound.size() - STAGES, "more stage")));
            }
        }
    }

    private String blocked(StageReport stage) {
        return comparison.plan().profiles().stream()
                .flatMap(profile -> stage
                        .on(profile.name())
                        .flatMap(StageOnProfile::probed)
                        .map(it -> "%s %s blocked".formatted(profile.name(), Quantity.percent(it.blockedFraction())))
                        .stream())
                .collect(Collectors.joining(", "));
    }

    private void warnings() {
        if (numbers.isEmpty()) {
            return;
        }
        line("");
        line("Warnings (explained in docs/biases.md)");
        numbers.forEach(
                (warning, number) -> wrap("  ", "[%s] %s: %s".formatted(number, warning.code(), warning.message())));
    }

    private void row(String name, List<String> profiles, Function<String, String> text) {
        List<List<String>> columns = new ArrayList<>();
        columns.add(Terminal.broken(name, NAME));
        profiles.forEach(profile -> columns.add(Terminal.broken(text.apply(profile), CELL)));
        int height = columns.stream().mapToInt(List::size).max().orElse(0);
        for (int i = 0; i < height; i++) {
            int at = i;
            line(IntStream.range(0, columns.size())
                    .mapToObj(column -> Terminal.pad(
                            at < columns.get(column).size()
                                    ? columns.get(column).get(at)
                                    : "",
                            column == 0 ? NAME : CELL))
                    .collect(Collectors.joining("  ")));
        }
    }

    private void wrap(String indent, String text) {
        out.wrap(indent, text);
    }

    private void line(String text) {
        out.line(text);
    }
}

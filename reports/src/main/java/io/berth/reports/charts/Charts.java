package io.berth.reports.charts;

import io.berth.model.plan.Plan;
import io.berth.model.results.IoCategory;
import io.berth.model.suite.StorageProfile;
import io.berth.reports.cells.CellReport;
import io.berth.reports.cells.Comparison;
import io.berth.reports.cells.JudgedTrial;
import io.berth.reports.cells.StepReport;
import io.berth.reports.charts.Drawing.Anchor;
import io.berth.reports.stages.Latencies;
import io.berth.reports.stages.StageOnProfile;
import io.berth.reports.stages.StageReport;
import io.berth.reports.stages.TimePart;
import io.berth.reports.stages.TimeSplit;
import io.berth.reports.statistics.Estimate;
import io.berth.reports.text.Quantity;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** The charts of a report. Ids are counted, so that they are unique in a page and the same in every rendering. */
public final class Charts {
    /** Charts are drawn for this width and scaled by the page. */
    private static final int WIDTH = 560;

    private static final int LABEL = 20;
    private static final int AXIS = 26;
    private static final double EDGE = 14;

    private final Comparison comparison;
    private final Plan plan;
    private final List<String> profiles;
    private int drawn;

    public Charts(Comparison comparison) {
        this.comparison = comparison;
        this.plan = comparison.plan();
        this.profiles = plan.profiles().stream().map(StorageProfile::name).toList();
    }

    /** The mark by which a profile is known in all charts. */
    public String mark(String profile) {
        Drawing drawing = new Drawing(16, 16, new Rectangle2D.Double(0, 0, 16, 16), new Scale(0, 16, false, List.of()));
        point(drawing, profile, 5, 255, 8, 8);
        return drawing.silentSvg();
    }

    /** The swatch of a part of the time. */
    public String swatch(TimePart part) {
        Drawing drawing = new Drawing(14, 14, new Rectangle2D.Double(0, 0, 14, 14), new Scale(0, 14, false, List.of()));
        drawing.bar(Ink.part(part), 1, 13, 1, 13);
        return drawing.silentSvg();
    }

    /** The samples of a cell in one line, on the scale of all cells of its workload. */
    public String strip(CellReport cell) {
        double most = comparison.cells(cell.cell().workload()).stream()
                .flatMap(it -> it.samples().stream())
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(1);
        Drawing drawing = new Drawing(
                180, 16, new Rectangle2D.Double(0, 0, 180, 16), new Scale(-0.03 * most, 1.04 * most, false, List.of()));
        drawing.line(Ink.RULE, 1, 0, 8, most, 8);
        drawing.vertical(Ink.RULE, 1, 0, 4, 12);
        cell.samples().forEach(sample -> point(drawing, cell.cell().profile(), 3, 150, sample, 8));
        cell.seconds().ifPresent(it -> drawing.vertical(Ink.TEXT, 2, it.median(), 2, 14));
        return drawing.silentSvg();
    }

    /** All ratios to the baseline; absent if there is none. */
    public Optional<String> ratios() {
        List<CellReport> related =
                comparison.cells().stream().filter(it -> it.ratio().isPresent()).toList();
        if (related.isEmpty()) {
            return Optional.empty();
        }
        List<Double> values = new ArrayList<>(List.of(0.9, 1 / 0.9));
        related.forEach(cell -> {
            values.add(cell.ratio().orElseThrow().median());
            cell.ratio().orElseThrow().range().ifPresent(range -> values.addAll(List.of(range.low(), range.high())));
        });
        Scale scale = Scale.logarithmic(
                values.stream().min(Comparator.naturalOrder()).orElseThrow(),
                values.stream().max(Comparator.naturalOrder()).orElseThrow(),
                1);
        List<String> workloads = plan.workloads().stream()
                .map(it -> it.name())
                .filter(name ->
                        related.stream().anyMatch(it -> it.cell().workload().equals(name)))
                .toList();
        int line = 18;
        int rows = workloads.size() * (LABEL + 8) + related.size() * line;
        Drawing drawing = drawing(rows, scale);
        drawing.axis(rows + 18.0, Quantity::timesTick);
        drawing.vertical(Ink.TEXT, 1.5f, 1, 0, rows);
        double y = 0;
        for (String workload : workloads) {
            drawing.text("lab", Anchor.START, EDGE, y + 14, Quantity.shortened(workload, 44));
            y += LABEL;
            for (CellReport cell : related) {
                if (!cell.cell().workload().equals(workload)) {
                    continue;
                }
                double middle = y + line / 2.0;
                String profile = cell.cell().profile();
                cell.ratio()
                        .orElseThrow()
                        .range()
                        .ifPresent(range -> drawing.line(ink(profile), 3, range.low(), middle, range.high(), middle));
                point(drawing, profile, 6, 255, cell.ratio().orElseThrow().median(), middle);
                y += line;
            }
            y += 8;
        }
        return Optional.of(drawing.svg(
                nextId(),
                "Time relative to " + plan.baseline(),
                related.stream()
                        .map(it -> "%s: %s%s"
                                .formatted(
                                        it.cell(),
                                        Quantity.times(it.ratio().orElseThrow().median()),
                                        it.ratio()
                                                .orElseThrow()
                                                .range()
                                                .map(range -> " (%s to %s)"
                                                        .formatted(
                                                                Quantity.times(range.low()),
                                                                Quantity.times(range.high())))
                                                .orElse("")))
                        .collect(Collectors.joining("; "))));
    }

    /** Every measured iteration of a workload as a point: a band for each profile, a line in it for each block. */
    public Optional<String> samples(String workload) {
        List<CellReport> cells = comparison.cells(workload).stream()
                .filter(it -> !it.samples().isEmpty())
                .toList();
        if (cells.isEmpty()) {
            return Optional.empty();
        }
        double most = cells.stream()
                .flatMap(it -> it.samples().stream())
                .mapToDouble(Double::doubleValue)
                .max()
                .orElseThrow();
        int blocks = Math.max(1, plan.blocks());
        double line = Math.min(14, Math.max(3, 120.0 / blocks));
        double band = line * blocks + 6;
        int rows = (int) Math.ceil(cells.size() * (LABEL + band + 8));
        Drawing drawing = drawing(rows, Scale.fromZero(most));
        drawing.axis(rows + 18.0, Quantity::tick);
        double y = 0;
        for (CellReport cell : cells) {
            String profile = cell.cell().profile();
            Estimate estimate = cell.seconds().orElseThrow();
            drawing.text("lab", Anchor.START, EDGE, y + 14, Quantity.shortened(profile, 40));
            y += LABEL;
            drawing.vertical(Ink.TEXT, 1.5f, estimate.median(), y, y + band);
            for (JudgedTrial fork : cell.counted()) {
                double middle = y + 3 + line * (fork.trial().block() - 0.5);
                fork.seconds()
                        .ifPresent(value ->
                                drawing.vertical(ink(profile), 2, value, middle - line / 2 + 1, middle + line / 2 - 1));
                fork.samples()
                        .forEach(sample -> point(drawing, profile, Math.min(4.5, line / 2 + 1), 170, sample, middle));
            }
            y += band + 8;
        }
        return Optional.of(drawing.svg(
                nextId(),
                "Samples of " + workload,
                cells.stream()
                        .map(it -> "%s: %s".formatted(it.cell().profile(), seconds(it.samples())))
                        .collect(Collectors.joining("; "))));
    }

    /** The medians of a workload's steps with their ranges; absent if it has only one step or none. */
    public Optional<String> steps(String workload) {
        List<CellReport> cells = comparison.cells(workload).stream()
                .filter(it -> !it.steps().isEmpty())
                .toList();
        Set<String> names = new LinkedHashSet<>();
        cells.forEach(cell -> cell.steps().forEach(step -> names.add(step.name())));
        if (names.size() < 2) {
            return Optional.empty();
        }
        double most = cells.stream()
                .flatMap(it -> it.steps().stream())
                .mapToDouble(StepReport::greatest)
                .max()
                .orElseThrow();
        double line = 11;
        double row = cells.size() * line + 11;
        double gutter = EDGE
                + 10
                        * Math.min(
                                16,
                                names.stream().mapToInt(String::length).max().orElse(0))
                + 6;
        int rows = (int) Math.ceil(names.size() * row);
        Drawing drawing = new Drawing(
                WIDTH,
                rows + AXIS,
                new Rectangle2D.Double(gutter, 0, WIDTH - gutter - EDGE, rows),
                Scale.fromZero(most));
        drawing.axis(rows + 18.0, Quantity::tick);
        double y = 0;
        for (String name : names) {
            drawing.text("lab", Anchor.END, gutter - 8, y + row / 2 + 4, Quantity.shortened(name, 16));
            drawing.line(Ink.RULE, 1, 0, y + row, most, y + row);
            double middle = y + 5.5 + line / 2;
            for (CellReport cell : cells) {
                Optional<StepReport> step = cell.step(name);
                if (step.isPresent()) {
                    String profile = cell.cell().profile();
                    double at = middle;
                    step.get()
                            .seconds()
                            .range()
                            .ifPresent(range -> drawing.line(ink(profile), 2, range.low(), at, range.high(), at));
                    point(drawing, profile, 4.5, 255, step.get().seconds().median(), at);
                }
                middle += line;
            }
            y += row;
        }
        return Optional.of(drawing.svg(
                nextId(),
                "Steps of " + workload,
                "Medians and ranges over forks; the table of steps has the same numbers."));
    }

    /** Where the tasks' time went on each profile, all stages together; absent without stages. */
    public Optional<String> timeSplit(String workload, List<StageReport> stages) {
        Map<String, TimeSplit> byProfile = new LinkedHashMap<>();
        for (String profile : profiles) {
            List<TimeSplit> splits = stages.stream()
                    .flatMap(stage -> stage.on(profile).stream())
                    .map(StageOnProfile::split)
                    .toList();
            if (!splits.isEmpty()) {
                byProfile.put(profile, TimeSplit.sum(splits));
            }
        }
        double most = byProfile.values().stream()
                .mapToDouble(TimeSplit::totalNanos)
                .max()
                .orElse(0);
        if (most <= 0) {
            return Optional.empty();
        }
        int row = LABEL + 26 + 8;
        int rows = byProfile.size() * row;
        Drawing drawing = drawing(rows, Scale.fromZero(most / 1e9));
        drawing.axis(rows + 18.0, Quantity::tick);
        double y = 0;
        for (Map.Entry<String, TimeSplit> entry : byProfile.entrySet()) {
            drawing.text("lab", Anchor.START, EDGE, y + 14, Quantity.shortened(entry.getKey(), 40));
            drawing.text(
                    "dim",
                    Anchor.END,
                    WIDTH - EDGE,
                    y + 14,
                    Quantity.nanos(entry.getValue().totalNanos()));
            stack(drawing, entry.getValue(), y + LABEL, y + LABEL + 26);
            y += row;
        }
        return Optional.of(drawing.svg(
                nextId(),
                "Task time of " + workload + " by what it was spent on",
                byProfile.entrySet().stream()
                        .map(it -> it.getKey() + ": " + words(it.getValue()))
                        .collect(Collectors.joining("; "))));
    }

    /** The time split of single stages on each profile. */
    public Optional<String> stages(String workload, List<StageReport> shown) {
        double most = shown.stream().mapToDouble(StageReport::mostNanos).max().orElse(0);
        if (most <= 0) {
            return Optional.empty();
        }
        int line = 15;
        int rows = shown.stream()
                .mapToInt(stage -> LABEL + line * stage.byProfile().size() + 8)
                .sum();
        Drawing drawing = drawing(rows, Scale.fromZero(most / 1e9));
        drawing.axis(rows + 18.0, Quantity::tick);
        double y = 0;
        for (StageReport stage : shown) {
            drawing.text("lab", Anchor.START, EDGE, y + 14, Quantity.shortened(title(stage), 54));
            y += LABEL;
            for (String profile : profiles) {
                Optional<StageOnProfile> on = stage.on(profile);
                if (on.isPresent()) {
                    stack(drawing, on.get().split(), y + 1, y + line - 2);
                    point(
                            drawing,
                            profile,
                            3.5,
                            255,
                            on.get().split().totalNanos() / 1e9 + most / 1e9 * 0.015,
                            y + line / 2.0 - 0.5);
                    y += line;
                }
            }
            y += 8;
        }
        return Optional.of(drawing.svg(
                nextId(),
                "Task time of the largest stages of " + workload,
                "Each bar is one stage on one profile; the table of stages has the same numbers."));
    }

    private record LatencyRow(String profile, String scheme, Histogram histogram) {}

    /** The percentiles of one kind of storage call, on every profile and scheme. */
    public String latencies(String workload, IoCategory category, List<Latencies.Operation> operations) {
        List<LatencyRow> shown = profiles.stream()
                .flatMap(
                        profile -> operations.stream()
                                .flatMap(operation -> operation
                                        .on(profile)
                                        .map(histogram -> new LatencyRow(profile, operation.scheme(), histogram))
                                        .stream()))
                .toList();
        SortedSet<Double> values = new TreeSet<>();
        shown.forEach(it -> {
            Latencies.PERCENTILES.forEach(percentile -> values.add(percentile(it.histogram(), percentile)));
            values.add(greatest(it.histogram()));
        });
        int row = LABEL + 26;
        int rows = shown.size() * row;
        Drawing drawing = drawing(rows, Scale.logarithmic(values.first(), values.last(), 1));
        drawing.axis(rows + 18.0, nanos -> Quantity.tick(nanos / 1e9));
        double y = 0;
        for (LatencyRow shownRow : shown) {
            String profile = shownRow.profile();
            Histogram histogram = shownRow.histogram();
            double middle = y + LABEL + 10;
            double median = percentile(histogram, 50);
            drawing.text(
                    "lab",
                    Anchor.START,
                    EDGE,
                    y + 14,
                    Quantity.shortened(profile, 40) + " (" + shownRow.scheme() + ")");
            drawing.line(ink(profile), 2, median, middle, greatest(histogram), middle);
            Latencies.PERCENTILES.forEach(percentile -> {
                double value = percentile(histogram, percentile);
                if (percentile == 50) {
                    point(drawing, profile, 6, 255, value, middle);
                } else {
                    drawing.vertical(ink(profile), 2, value, middle - 6, middle + 6);
                }
            });
            point(drawing, profile, 3, 255, greatest(histogram), middle);
            y += row;
        }
        return drawing.svg(
                nextId(),
                "Latency of %s in %s".formatted(category.label(), workload),
                "From the median over p90, p99 and p99.9 to the maximum; the table of latencies has the same numbers.");
    }

    /** At least a nanosecond, so that it has a logarithm. */
    private static double percentile(Histogram histogram, double percentile) {
        return Math.max(1.0, (double) histogram.getValueAtPercentile(percentile));
    }

    private static double greatest(Histogram histogram) {
        return Math.max(1.0, (double) histogram.getMaxValue());
    }

    /** What a stage is called. */
    public static String title(StageReport stage) {
        return "%s · stage %s · %s".formatted(stage.key().step(), stage.key().ordinal(), stage.operator());
    }

    private static void stack(Drawing drawing, TimeSplit split, double top, double bottom) {
        double from = 0;
        for (Map.Entry<TimePart, Double> part : split.parts().entrySet()) {
            double to = from + part.getValue() / 1e9;
            drawing.bar(Ink.part(part.getKey()), from, to, top, bottom);
            from = to;
        }
    }

    private static String words(TimeSplit split) {
        return split.parts().entrySet().stream()
                .map(it -> it.getKey().label() + " " + Quantity.percent(it.getValue() / split.totalNanos()))
                .collect(Collectors.joining(", "));
    }

    private static String seconds(List<Double> samples) {
        return samples.stream().map(Quantity::seconds).collect(Collectors.joining(", "));
    }

    private void point(Drawing drawing, String profile, double radius, int alpha, double value, double row) {
        drawing.point(ink(profile), Mark.profile(profiles.indexOf(profile)), radius, alpha, value, row);
    }

    private Ink ink(String profile) {
        return Ink.profile(profiles.indexOf(profile));
    }

    private static Drawing drawing(int rows, Scale scale) {
        return new Drawing(WIDTH, rows + AXIS, new Rectangle2D.Double(EDGE, 0, WIDTH - 2 * EDGE, rows), scale);
    }

    private String nextId() {
        drawn++;
        return "chart-" + drawn;
    }
}

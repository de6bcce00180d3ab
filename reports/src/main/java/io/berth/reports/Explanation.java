package io.berth.reports;

import io.berth.model.plan.Thresholds;
import io.berth.model.results.Attempt;
import io.berth.model.results.Warning;
import io.berth.reports.cells.CellReport;
import io.berth.reports.cells.Comparison;
import io.berth.reports.charts.Charts;
import io.berth.reports.stages.CellIo;
import io.berth.reports.stages.CellIo.Caller;
import io.berth.reports.stages.IoBound;
import io.berth.reports.stages.Latencies;
import io.berth.reports.stages.ProbedStage;
import io.berth.reports.stages.StageOnProfile;
import io.berth.reports.stages.StageReport;
import io.berth.reports.stages.Stages;
import io.berth.reports.stages.TimePart;
import io.berth.reports.stages.TimeSplit;
import io.berth.reports.statistics.Interval;
import io.berth.reports.text.Quantity;
import io.berth.reports.text.Terminal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * Why a cell takes the time it takes, for a terminal: where the time of its tasks went, beside the baseline; the stages
 * that wait for storage; its storage calls; and what to doubt. Every number is one of the report's.
 */
final class Explanation {
    private static final int NAME = 24;
    private static final int NUMBER = 10;
    private static final int BASELINE = 20;
    private static final int FACT = 62;
    /** How many stages are told of. */
    private static final int STAGES = 5;
    /** How many of the driver's steps are told of. */
    private static final int STEPS = 4;

    private final Comparison comparison;
    private final CellReport cell;
    private final Optional<CellReport> baseline;
    private final List<StageReport> stages;
    private final Optional<CellIo> io;
    private final Terminal out = new Terminal();

    private Explanation(Comparison comparison, CellReport cell) {
        this.comparison = comparison;
        this.cell = cell;
        this.baseline = Optional.of(comparison.cell(
                        cell.cell().workload(), comparison.plan().baseline()))
                .filter(it -> !cell.baseline() && it.seconds().isPresent());
        this.stages = Stages.of(comparison, cell.cell().workload());
        this.io = CellIo.of(cell);
    }

    static String of(Comparison comparison, CellReport cell) {
        Explanation explanation = new Explanation(comparison, cell);
        if (cell.seconds().isEmpty()) {
            explanation.withoutNumbers();
        } else {
            explanation.head();
            explanation.time();
            explanation.waitingStages();
            explanation.calls();
            explanation.latencies();
            explanation.others();
            explanation.doubts();
        }
        return explanation.out.toString();
    }

    private void withoutNumbers() {
        out.wrap(
                "",
                "%s has no numbers: %s%s"
                        .formatted(
                                cell.cell(),
                                cell.outcome().label(),
                                cell.reason().map(it -> ", " + it).orElse("")));
        cell.trials()
                .forEach(trial -> out.wrap(
                        "  ",
                        "%s: %s%s%s"
                                .formatted(
                                        trial.trial().id(),
                                        trial.outcome().label(),
                                        trial.reason().map(it -> ", " + it).orElse(""),
                                        trial.attempt()
                                                .flatMap(Attempt::log)
                                                .map(log -> " (" + log + ")")
                                                .orElse(""))));
    }

    private void head() {
        out.wrap(
                "",
                "%s takes %s (%sn=%s)%s"
                        .formatted(
                                cell.cell(),
                                cell.seconds()
                                        .map(it -> Quantity.seconds(it.median()))
                                        .orElse(""),
                                cell.seconds()
                                        .flatMap(it -> it.range())
                                        .map(Explanation::range)
                                        .orElse(""),
                                cell.n(),
                                cell.ratio()
                                        .map(it -> ", %s the time of %s"
                                                .formatted(
                                                        Quantity.times(it.median()),
                                                        comparison.plan().baseline()))
                                        .orElse("")));
        out.wrap("", answer());
        io.ifPresent(it -> out.wrap("", it.waits().sentence()));
    }

    private static String range(Interval range) {
        return "%s–%s s, ".formatted(Quantity.digits(range.low()), Quantity.digits(range.high()));
    }

    /** The answer in a sentence or two. */
    private String answer() {
        TimeSplit split = split(cell);
        double total = split.totalNanos();
        if (total == 0) {
            return "It ran no tasks in its measured iterations.";
        }
        if (!isProbed()) {
            return "Storage time was not measured, because the I/O probe was off: it is at most %s of the tasks' time, their time off the CPU."
                    .formatted(Quantity.percent(split.parts().getOrDefault(TimePart.OFF_CPU, 0.0) / total));
        }
        double blocked = TimePart.blocked().stream()
                .mapToDouble(part -> split.parts().getOrDefault(part, 0.0))
                .sum();
        long bound = stages.stream().filter(StageReport::inIoBoundSet).count();
        String most = split.parts().entrySet().stream()
                .max(Comparator.comparingDouble(it -> it.getValue()))
                .map(it -> it.getKey().label())
                .orElse("");
        return "Its tasks were blocked on storage for %s of their time; the largest part is %s. %s of %s I/O-bound on at least one profile."
                .formatted(
                        Quantity.percent(blocked / total),
                        most,
                        bound,
                        Quantity.count(stages.size(), "stage") + (stages.size() == 1 ? " is" : " are"));
    }

    private boolean isProbed() {
        return stages.stream().flatMap(it -> it.on(profile()).stream()).anyMatch(it -> it.probed()
                .isPresent());
    }

    private String profile() {
        return cell.cell().profile();
    }

    /** Of all stages, in one iteration. */
    private TimeSplit split(CellReport of) {
        return TimeSplit.sum(stages.stream()
                .flatMap(it -> it.on(of.cell().profile()).stream())
                .map(StageOnProfile::split)
                .toList());
    }

    private void time() {
        TimeSplit mine = split(cell);
        Optional<TimeSplit> theirs = baseline.map(this::split).filter(it -> it.totalNanos() > 0);
        double total = mine.totalNanos();
        if (total == 0) {
            return;
        }
        out.line("");
        out.line("Where the time of its tasks went, in one iteration");
        row(
                "",
                BASELINE,
                theirs.isPresent()
                        ? List.of(
                                "time",
                                "share",
                                "on " + Quantity.shortened(comparison.plan().baseline(), BASELINE - 5),
                                "more")
                        : List.of("time", "share"));
        for (TimePart part : TimePart.values()) {
            double nanos = mine.parts().getOrDefault(part, 0.0);
            double other = theirs.map(it -> it.parts().getOrDefault(part, 0.0)).orElse(0.0);
            if (nanos > 0 || other > 0) {
                row(part.label(), BASELINE, cells(nanos, Quantity.percent(nanos / total), theirs.map(it -> other)));
            }
        }
        row("together", BASELINE, cells(total, "", theirs.map(TimeSplit::totalNanos)));
    }

    private static List<String> cells(double nanos, String share, Optional<Double> other) {
        List<String> cells = new ArrayList<>(List.of(Quantity.nanos(nanos), share));
        other.ifPresent(it -> {
            cells.add(Quantity.nanos(it));
            cells.add((nanos < it ? "−" : "+") + Quantity.nanos(Math.abs(nanos - it)));
        });
        return cells;
    }

    private void row(String name, List<String> cells) {
        row(name, NUMBER, cells);
    }

    /** The third column may be wider: its head is the name of a profile. */
    private void row(String name, int third, List<String> cells) {
        StringBuilder line = new StringBuilder("  " + Terminal.pad(name, NAME));
        for (int i = 0; i < cells.size(); i++) {
            line.append(Terminal.padLeft(cells.get(i), i == 2 ? third : NUMBER));
        }
        out.line(line.toString());
    }

    private void waitingStages() {
        if (!isProbed()) {
            return;
        }
        Thresholds thresholds = comparison.plan().thresholds();
        List<StageReport> waiting = stages.stream()
                .filter(it -> it.on(profile()).flatMap(StageOnProfile::probed).isPresent())
                .filter(it -> it.inIoBoundSet() || classified(it) != IoBound.NEITHER)
                .sorted(Comparator.comparingDouble(this::blockedNanos).reversed())
                .toList();
        out.line("");
        if (waiting.isEmpty()) {
            out.line("No stage is I/O-bound or mixed.");
            return;
        }
        out.wrap(
                "",
                "Stages that wait for storage, the longest first (I/O-bound from %s blocked or a replay bound of %s on)"
                        .formatted(
                                Quantity.percent(thresholds.ioBoundBlockedFraction()),
                                Quantity.times(thresholds.ioBoundReplayBound())));
        for (StageReport stage : waiting.subList(0, Math.min(STAGES, waiting.size()))) {
            out.wrap("  ", Charts.title(stage));
            out.wrap("      ", onProfile(stage, profile()));
            baseline.ifPresent(it -> out.wrap(
                    "      ",
                    "on %s: %s"
                            .formatted(
                                    it.cell().profile(),
                                    onProfile(stage, it.cell().profile()))));
        }
        if (waiting.size() > STAGES) {
            out.line("  and " + Quantity.count(waiting.size() - STAGES, "more stage"));
        }
    }

    private IoBound classified(StageReport stage) {
        return stage.on(profile())
                .flatMap(StageOnProfile::probed)
                .map(ProbedStage::classification)
                .orElse(IoBound.NEITHER);
    }

    private double blockedNanos(StageReport stage) {
        return stage.on(profile())
                .map(it -> TimePart.blocked().stream()
                        .mapToDouble(part -> it.split().parts().getOrDefault(part, 0.0))
                        .sum())
                .orElse(0.0);
    }

    private static String onProfile(StageReport stage, String profile) {
        return stage.on(profile)
                .flatMap(on -> on.probed().map(probed -> "%s; %s blocked of %s task time, replay bound %s, elapsed %s%s"
                        .formatted(
                                probed.classification() == IoBound.NEITHER
                                        ? "neither"
                                        : probed.classification().label(),
                                Quantity.percent(probed.blockedFraction()),
                                Quantity.nanos(on.split().totalNanos()),
                                probed.replayBound().map(Quantity::times).orElse("unbounded"),
                                Quantity.seconds(on.seconds().median()),
                                speeds(on, probed))))
                .orElse("has no such stage, or not measured");
    }

    private static String speeds(StageOnProfile on, ProbedStage probed) {
        return probed.readBytesPerSecond()
                        .map(it -> ", reads %s a task".formatted(Quantity.throughput(it)))
                        .orElse("")
                + probed.writeBytesPerSecond()
                        .map(it -> ", writes %s a task".formatted(Quantity.throughput(it)))
                        .orElse("")
                + on.bytesPerSecond()
                        .map(it -> ", %s together".formatted(Quantity.throughput(it)))
                        .orElse("");
    }

    private void calls() {
        if (io.isEmpty() || io.get().calls().isEmpty()) {
            return;
        }
        out.line("");
        out.line("Its storage calls, in one iteration (time in the calls, CPU time in them included)");
        row("", List.of("calls", "time", "per call", "bytes"));
        for (Caller caller : Caller.values()) {
            List<CellIo.Calls> own = io.get().calls().stream()
                    .filter(it -> it.caller() == caller)
                    .toList();
            if (!own.isEmpty()) {
                out.line("  " + caller.label());
                if (caller == Caller.DRIVER) {
                    driverSteps(io.get());
                }
                own.forEach(it -> row(
                        "  " + it.category().label(),
                        List.of(
                                CellIo.Unit.COUNT.text(it.calls()),
                                Quantity.nanos(it.nanos()),
                                Quantity.nanos(it.nanos() / it.calls()),
                                it.bytes() > 0 ? Quantity.bytes(it.bytes()) : "—")));
            }
        }
    }

    /** The steps of which the driver's calls were the longest. */
    private void driverSteps(CellIo of) {
        out.wrap(
                "    ",
                of.driver().stream()
                        .limit(STEPS)
                        .map(it -> "%s %s".formatted(it.step().orElse("between steps"), Quantity.nanos(it.nanos())))
                        .collect(Collectors.joining(
                                ", ", "by step: ", of.driver().size() > STEPS ? ", …" : "")));
    }

    private void latencies() {
        List<Latencies.Operation> operations = Latencies.of(
                        comparison, cell.cell().workload())
                .operations()
                .stream()
                .filter(it -> it.on(profile()).isPresent())
                .toList();
        if (operations.isEmpty()) {
            return;
        }
        out.line("");
        out.line("Latencies of all its measured iterations");
        row("", List.of("calls", "p50", "p90", "p99", "p99.9", "max"));
        for (Latencies.Operation operation : operations) {
            Histogram histogram = operation.on(profile()).orElseThrow();
            row(operation.category().label() + " (" + operation.scheme() + ")", percentiles(histogram));
        }
    }

    private static List<String> percentiles(Histogram histogram) {
        List<String> cells = new ArrayList<>(List.of(CellIo.Unit.COUNT.text((double) histogram.getTotalCount())));
        Latencies.PERCENTILES.forEach(it -> cells.add(Quantity.nanos((double) histogram.getValueAtPercentile(it))));
        cells.add(Quantity.nanos((double) histogram.getMaxValue()));
        return cells;
    }

    /** What splits the wait into client, network and server, where somebody counts it. */
    private void others() {
        List<CellIo.Fact> facts = io.map(CellIo::facts).orElse(List.of());
        if (!facts.isEmpty()) {
            out.line("");
            out.line("What the kernel, clients and servers say, in one iteration");
            facts.forEach(it -> out.line("  " + Terminal.pad(it.name(), FACT)
                    + Terminal.padLeft(it.unit().text(it.value()), NUMBER)));
        }
    }

    private void doubts() {
        List<String> doubts = new ArrayList<>();
        io.ifPresent(it -> {
            it.probeShare()
                    .ifPresent(
                            share -> doubts.add("the probe itself took about %s of the tasks' time, by its own estimate"
                                    .formatted(Quantity.percent(share))));
            if (it.wastedNanos() > 0) {
                doubts.add("failed and killed tasks spent %s of an iteration in storage calls, on top of the above"
                        .formatted(Quantity.nanos(it.wastedNanos())));
            }
            it.apart()
                    .forEach(source -> doubts.add("%s are %s, the probe's %s are %s (%s)"
                            .formatted(
                                    source.name(),
                                    source.unit().text(source.theirs()),
                                    source.what(),
                                    source.unit().text(source.ours()),
                                    source.difference()
                                            .map(Quantity::signedPercent)
                                            .orElse("the other saw nothing"))));
        });
        for (Warning warning : cell.warnings()) {
            doubts.add("[%s] %s".formatted(warning.code(), warning.message()));
        }
        if (!doubts.isEmpty()) {
            out.line("");
            out.line("What to doubt (codes are explained in docs/biases.md)");
            doubts.forEach(it -> out.wrap("  ", it));
        }
    }
}

package io.berth.reports.page;

import io.berth.model.plan.PlannedWorkload;
import io.berth.model.results.IoCategory;
import io.berth.reports.cells.CellReport;
import io.berth.reports.cells.Comparison;
import io.berth.reports.cells.StepReport;
import io.berth.reports.charts.Charts;
import io.berth.reports.stages.CellIo;
import io.berth.reports.stages.Latencies;
import io.berth.reports.stages.ProbedStage;
import io.berth.reports.stages.StageOnProfile;
import io.berth.reports.stages.StageReport;
import io.berth.reports.stages.Stages;
import io.berth.reports.stages.TimePart;
import io.berth.reports.statistics.Estimate;
import io.berth.reports.text.Quantity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** One workload on the page: its charts and tables. */
final class WorkloadSection {
    /** How many stages are drawn; the table has them all. */
    private static final int DRAWN_STAGES = 8;

    static final String NOT_MEASURED = "not measured";

    private final PlannedWorkload workload;
    private final List<CellReport> cells;
    private final List<StageReport> stages;
    private final List<StageReport> largest;
    private final Latencies latencies;
    private final Map<String, CellIo> io = new LinkedHashMap<>();
    private final Optional<String> samplesChart;
    private final Optional<String> stepsChart;
    private final Optional<String> splitChart;
    private final Optional<String> stagesChart;
    private final List<LatencyChart> latencyCharts;

    WorkloadSection(Comparison comparison, Charts charts, PlannedWorkload workload) {
        this.workload = workload;
        this.cells = comparison.cells(workload.name());
        this.stages = Stages.of(comparison, workload.name());
        this.largest = largest();
        this.latencies = Latencies.of(comparison, workload.name());
        cellsWithNumbers().forEach(cell -> CellIo.of(cell)
                .ifPresent(it -> io.put(cell.cell().profile(), it)));
        this.samplesChart = charts.samples(workload.name());
        this.stepsChart = charts.steps(workload.name());
        this.splitChart = charts.timeSplit(workload.name(), stages);
        this.stagesChart = charts.stages(workload.name(), largest);
        this.latencyCharts = latencies.byCategory().entrySet().stream()
                .map(calls -> new LatencyChart(
                        calls.getKey().label(), charts.latencies(workload.name(), calls.getKey(), calls.getValue())))
                .toList();
    }

    PlannedWorkload workload() {
        return workload;
    }

    String name() {
        return workload.name();
    }

    List<CellReport> cells() {
        return cells;
    }

    List<CellReport> cellsWithNumbers() {
        return cells.stream().filter(it -> it.seconds().isPresent()).toList();
    }

    Optional<String> samplesChart() {
        return samplesChart;
    }

    Optional<String> stepsChart() {
        return stepsChart;
    }

    Optional<String> splitChart() {
        return splitChart;
    }

    Optional<String> stagesChart() {
        return stagesChart;
    }

    List<LatencyChart> latencyCharts() {
        return latencyCharts;
    }

    record LatencyChart(String title, String svg) {}

    Latencies latencies() {
        return latencies;
    }

    /** What the plan says of it, in one line. */
    String facts() {
        return "%s%s; %s counted after %s; %s; cache policy %s"
                .formatted(
                        workload.sparkVersion()
                                .map(version -> "on Spark " + version + "; ")
                                .orElse(""),
                        new TreeMap<>(workload.parameters())
                                .entrySet().stream()
                                        .map(it -> it.getKey() + " " + it.getValue())
                                        .collect(Collectors.joining(", ")),
                        Quantity.count(workload.measuredIterations(), "iteration"),
                        Quantity.count(workload.warmupIterations(), "warm-up iteration"),
                        switch (workload.durability()) {
                            case READ_ONLY -> "it writes nothing";
                            case CLOSED -> "a write is done when its file is closed";
                            case SYNCED -> "a write is done when it is on stable storage";
                        },
                        workload.cachePolicy());
    }

    List<String> stepNames() {
        Set<String> names = new LinkedHashSet<>();
        cells.forEach(cell -> cell.steps().forEach(step -> names.add(step.name())));
        return List.copyOf(names);
    }

    boolean hasThroughput() {
        return cells.stream().flatMap(it -> it.steps().stream()).anyMatch(it -> it.bytesPerSecond()
                .isPresent());
    }

    /** Further numbers of steps: name, step, and the value on each profile with numbers. */
    List<Detail> details() {
        List<Detail> details = new ArrayList<>();
        for (String step : stepNames()) {
            Set<String> keys = new TreeSet<>();
            cells.forEach(cell ->
                    cell.step(step).ifPresent(it -> keys.addAll(it.details().keySet())));
            for (String key : keys) {
                details.add(new Detail(
                        step,
                        key,
                        cellsWithNumbers().stream()
                                .map(cell -> cell.step(step)
                                        .flatMap(it ->
                                                Optional.ofNullable(it.details().get(key)))
                                        .map(value ->
                                                key.endsWith("Nanos") ? Quantity.nanos(value) : Quantity.digits(value))
                                        .orElse("—"))
                                .toList()));
            }
        }
        return details;
    }

    record Detail(String step, String key, List<String> values) {}

    List<StageReport> stages() {
        return stages;
    }

    /** How many stages the chart leaves out. */
    int undrawnStages() {
        return stages.size() - largest.size();
    }

    private List<StageReport> largest() {
        List<StageReport> chosen = stages.stream()
                .sorted(Comparator.comparingDouble(StageReport::mostNanos).reversed())
                .limit(DRAWN_STAGES)
                .toList();
        return stages.stream().filter(chosen::contains).toList();
    }

    boolean isProbed() {
        return stages.stream()
                .flatMap(stage -> stage.byProfile().values().stream())
                .anyMatch(it -> it.probed().isPresent());
    }

    /** Whether a probe was on, but the kernel didn't tell how long threads waited for a CPU. */
    boolean lacksRunQueue() {
        return stages.stream()
                .flatMap(stage -> stage.byProfile().values().stream())
                .flatMap(it -> it.probed().stream())
                .anyMatch(it -> !it.runQueueMeasured());
    }

    /** The workload's I/O-bound stages by the union over profiles, each with what it was on them. */
    List<BoundStage> ioBound() {
        return stages.stream()
                .filter(StageReport::inIoBoundSet)
                .map(stage -> new BoundStage(
                        Charts.title(stage),
                        cellsWithNumbers().stream()
                                .map(cell -> cell.cell().profile())
                                .filter(profile -> stage.on(profile).isPresent())
                                .map(profile -> "%s %s blocked, replay bound %s"
                                        .formatted(
                                                profile,
                                                blocked(stage.on(profile).orElseThrow()),
                                                replay(stage.on(profile).orElseThrow())))
                                .collect(Collectors.joining("; "))))
                .toList();
    }

    record BoundStage(String title, String values) {}

    /** Time from the end of an iteration until what it wrote was on stable storage, where a profile has one. */
    boolean hasDrain() {
        return cells.stream().anyMatch(it -> it.drain().isPresent());
    }

    /** The parts that the charts of this workload show. */
    List<TimePart> parts() {
        EnumSet<TimePart> parts = EnumSet.noneOf(TimePart.class);
        stages.forEach(stage -> stage.byProfile()
                .values()
                .forEach(it -> parts.addAll(it.split().parts().keySet())));
        return Arrays.stream(TimePart.values()).filter(parts::contains).toList();
    }

    /** I/O by caller and category over all stages, an iteration's mean. */
    List<CallsRow> calls() {
        List<CallsRow> rows = new ArrayList<>();
        for (CellIo.Caller caller : CellIo.Caller.values()) {
            for (IoCategory category : IoCategory.values()) {
                io.forEach((profile, cellIo) -> cellIo.calls().stream()
                        .filter(it -> it.caller() == caller && it.category() == category)
                        .forEach(it -> rows.add(new CallsRow(
                                caller.label(),
                                category.label(),
                                profile,
                                CellIo.Unit.COUNT.text(it.calls()),
                                Quantity.nanos(it.nanos()),
                                Quantity.nanos(it.nanos() / it.calls()),
                                bytes(it.bytes()),
                                cellIo.bytesPerSecond(caller, category)
                                        .map(Quantity::throughput)
                                        .orElse("—")))));
            }
        }
        return rows;
    }

    record CallsRow(
            String caller,
            String category,
            String profile,
            String calls,
            String time,
            String perCall,
            String bytes,
            String speed) {}

    /** The probe's numbers beside those of other sources, and what only those know. */
    List<SourceRow> sources() {
        List<SourceRow> rows = new ArrayList<>();
        io.forEach((profile, cellIo) -> {
            cellIo.sources()
                    .forEach(it -> rows.add(new SourceRow(
                            profile,
                            it.name(),
                            it.unit().text(it.theirs()),
                            it.what(),
                            it.unit().text(it.ours()),
                            it.difference().map(Quantity::signedPercent).orElse("saw nothing"),
                            it.isApart())));
            cellIo.facts()
                    .forEach(it -> rows.add(new SourceRow(
                            profile, it.name(), it.unit().text(it.value()), "not seen by the probe", "—", "—", false)));
        });
        return rows;
    }

    record SourceRow(
            String profile, String source, String theirs, String what, String ours, String difference, boolean apart) {}

    /** What is to be said of each profile beside its stages: wasted calls, the driver's calls, and the probe's own share. */
    List<String> beside() {
        List<String> sentences = new ArrayList<>();
        io.forEach((profile, cellIo) ->
                sentences.add("%s: %s in storage calls of the driver, %s in those of failed and killed tasks%s"
                        .formatted(
                                profile,
                                Quantity.nanos(cellIo.nanos(Set.of(CellIo.Caller.DRIVER))),
                                Quantity.nanos(cellIo.wastedNanos()),
                                cellIo.probeShare()
                                        .map(share -> "; the probe itself took about %s of the tasks' time"
                                                .formatted(Quantity.percent(share)))
                                        .orElse(""))));
        return sentences;
    }

    /** What client, network and server took, for each profile. */
    List<String> waits() {
        List<String> sentences = new ArrayList<>();
        io.forEach((profile, cellIo) ->
                sentences.add("%s: %s".formatted(profile, cellIo.waits().sentence())));
        return sentences;
    }

    /** The driver's calls by step. */
    List<DriverRow> driverSteps() {
        List<DriverRow> rows = new ArrayList<>();
        io.forEach((profile, cellIo) -> cellIo.driver()
                .forEach(it -> rows.add(new DriverRow(
                        profile,
                        it.step().orElse("between steps"),
                        CellIo.Unit.COUNT.text(it.calls()),
                        Quantity.nanos(it.nanos())))));
        return rows;
    }

    record DriverRow(String profile, String step, String calls, String time) {}

    static String percentile(Histogram histogram, double percentile) {
        return Quantity.nanos((double) histogram.getValueAtPercentile(percentile));
    }

    static String greatest(Histogram histogram) {
        return Quantity.nanos((double) histogram.getMaxValue());
    }

    static String bytes(double bytes) {
        return bytes > 0 ? Quantity.bytes(bytes) : "—";
    }

    static String throughput(StepReport step) {
        return step.bytesPerSecond()
                .map(Estimate::median)
                .map(Quantity::throughput)
                .orElse("—");
    }

    static String throughput(Optional<Double> bytesPerSecond) {
        return bytesPerSecond.map(Quantity::throughput).orElse("—");
    }

    static String readSpeed(StageOnProfile stage) {
        return throughput(stage.probed().flatMap(ProbedStage::readBytesPerSecond));
    }

    static String writeSpeed(StageOnProfile stage) {
        return throughput(stage.probed().flatMap(ProbedStage::writeBytesPerSecond));
    }

    /** Of an iteration; those that were lost are added to the others. */
    static String tasks(StageOnProfile stage) {
        return CellIo.Unit.COUNT.text(stage.tasks())
                + (stage.lostTasks() > 0 ? " + " + CellIo.Unit.COUNT.text(stage.lostTasks()) + " lost" : "");
    }

    /** A part as a share of the tasks' time. */
    static String share(StageOnProfile stage, TimePart part) {
        double total = stage.split().totalNanos();
        return total > 0 ? Quantity.percent(stage.split().parts().getOrDefault(part, 0.0) / total) : "—";
    }

    /** What no part explains: with a probe "other", without one all that may have been storage. */
    static String remainder(StageOnProfile stage) {
        return share(stage, stage.probed().isPresent() ? TimePart.OTHER : TimePart.OFF_CPU);
    }

    static String blocked(StageOnProfile stage) {
        return stage.probed()
                .map(ProbedStage::blockedFraction)
                .map(Quantity::percent)
                .orElse(NOT_MEASURED);
    }

    static String ioShare(StageOnProfile stage) {
        return stage.probed().map(ProbedStage::ioShare).map(Quantity::percent).orElse(NOT_MEASURED);
    }

    static String replay(StageOnProfile stage) {
        return stage.probed()
                .map(it -> it.replayBound().map(Quantity::times).orElse("unbounded"))
                .orElse(NOT_MEASURED);
    }

    static String classification(StageOnProfile stage) {
        return stage.probed().map(it -> it.classification().label()).orElse(NOT_MEASURED);
    }
}

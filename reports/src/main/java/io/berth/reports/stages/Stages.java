package io.berth.reports.stages;

import io.berth.model.plan.Thresholds;
import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.Measurements;
import io.berth.model.results.StageKey;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.StepMeasurement;
import io.berth.model.results.TaskIo;
import io.berth.model.results.TaskMeasurement;
import io.berth.reports.cells.CellReport;
import io.berth.reports.cells.Comparison;
import io.berth.reports.cells.JudgedTrial;
import io.berth.reports.statistics.Estimate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** The stages of a workload over all profiles: the union, so that every profile is shown the same set. */
public final class Stages {
    private final Thresholds thresholds;

    private Stages(Thresholds thresholds) {
        this.thresholds = thresholds;
    }

    /** In the order of the steps and, within a step, of their submission. */
    public static List<StageReport> of(Comparison comparison, String workload) {
        return new Stages(comparison.plan().thresholds()).report(comparison.cells(workload));
    }

    private List<StageReport> report(List<CellReport> cells) {
        Map<String, Integer> steps = new HashMap<>();
        Map<StageKey, String> operators = new HashMap<>();
        Map<StageKey, Map<String, StageOnProfile>> reports = new HashMap<>();
        for (CellReport cell : cells) {
            List<Measurements> forks = cell.counted().stream()
                    .map(JudgedTrial::measurements)
                    .flatMap(Optional::stream)
                    .toList();
            forks.stream()
                    .flatMap(fork -> fork.measured().stream())
                    .flatMap(iteration -> iteration.steps().stream())
                    .map(StepMeasurement::name)
                    .forEach(step -> steps.putIfAbsent(step, steps.size()));
            double iterations =
                    forks.stream().mapToInt(it -> it.measured().size()).sum();
            byKey(forks).forEach((key, byFork) -> {
                operators.putIfAbsent(
                        key, byFork.get(0).values().iterator().next().get(0).operator());
                reports.computeIfAbsent(key, it -> new HashMap<>())
                        .put(cell.cell().profile(), onProfile(byFork, iterations));
            });
        }
        return reports.entrySet().stream()
                .map(entry ->
                        new StageReport(entry.getKey(), operators.getOrDefault(entry.getKey(), ""), entry.getValue()))
                .sorted(Comparator.<StageReport>comparingInt(
                                it -> steps.getOrDefault(it.key().step(), Integer.MAX_VALUE))
                        .thenComparing(it -> it.key().step())
                        .thenComparingInt(it -> it.key().ordinal())
                        .thenComparing(it -> it.key().fingerprint()))
                .toList();
    }

    /** For each stage and each fork that ran it: its attempts by measured iteration. */
    private static Map<StageKey, List<SortedMap<Integer, List<StageMeasurement>>>> byKey(List<Measurements> forks) {
        Map<StageKey, List<SortedMap<Integer, List<StageMeasurement>>>> byKey = new LinkedHashMap<>();
        for (Measurements fork : forks) {
            List<Integer> measured =
                    fork.measured().stream().map(IterationMeasurement::index).toList();
            Map<StageKey, SortedMap<Integer, List<StageMeasurement>>> ofFork = fork.stages().stream()
                    .filter(stage -> measured.contains(stage.iteration()))
                    .collect(Collectors.groupingBy(
                            StageMeasurement::key,
                            LinkedHashMap::new,
                            Collectors.groupingBy(StageMeasurement::iteration, TreeMap::new, Collectors.toList())));
            ofFork.forEach((key, iterations) ->
                    byKey.computeIfAbsent(key, it -> new ArrayList<>()).add(iterations));
        }
        return byKey;
    }

    /**
     * One stage.
     *
     * @param forks      its attempts in each fork that ran it, by iteration
     * @param iterations all measured ones of the cell
     */
    private StageOnProfile onProfile(List<SortedMap<Integer, List<StageMeasurement>>> forks, double iterations) {
        List<Double> seconds = forks.stream()
                .map(fork -> Estimate.median(fork.values().stream()
                        .mapToDouble(attempts -> sum(attempts, StageMeasurement::elapsedNanos) / 1e9)
                        .toArray()))
                .toList();
        List<StageMeasurement> all = forks.stream()
                .flatMap(fork -> fork.values().stream())
                .flatMap(List::stream)
                .toList();
        Optional<ProbedStage> probed = probed(forks, all, iterations);
        List<TimeSplit> splits = all.stream()
                .map(stage -> probed.isPresent() ? probedSplit(stage) : sparksSplit(stage))
                .toList();
        double input = probed.map(it -> it.bytes(IoCategory.READ))
                .orElseGet(() -> sum(all, stage -> stage.spark().inputBytes()) / iterations);
        double output = probed.map(it -> it.bytes(IoCategory.WRITE))
                .orElseGet(() -> sum(all, stage -> stage.spark().outputBytes()) / iterations);
        double elapsedSeconds = sum(all, StageMeasurement::elapsedNanos) / 1e9 / iterations;
        return new StageOnProfile(
                Estimate.of(seconds).orElseThrow(),
                sum(all, stage -> stage.tasks(Stages::succeeded)) / iterations,
                sum(all, stage -> stage.tasks(task -> !succeeded(task))) / iterations,
                TimeSplit.sum(splits).dividedBy(iterations),
                input,
                output,
                sum(
                                all,
                                stage -> stage.spark().shuffleReadBytes()
                                        + stage.spark().shuffleWriteBytes())
                        / iterations,
                sum(all, stage -> stage.spark().diskSpilledBytes()) / iterations,
                input + output > 0 && elapsedSeconds > 0
                        ? Optional.of((input + output) / elapsedSeconds)
                        : Optional.empty(),
                probed);
    }

    private static TimeSplit sparksSplit(StageMeasurement stage) {
        return TimeSplit.of(
                stage.spark(),
                elapsedNanos(stage.tasks().stream().filter(Stages::succeeded).toList()));
    }

    private static TimeSplit probedSplit(StageMeasurement stage) {
        return TimeSplit.sum(stage.probedTasks().stream()
                        .map(task -> TimeSplit.of(task.io().orElseThrow()))
                        .toList())
                .completedBy(stage.spark(), elapsedNanos(stage.probedTasks()));
    }

    private static double elapsedNanos(List<TaskMeasurement> tasks) {
        return (double) tasks.stream().mapToLong(TaskMeasurement::elapsedNanos).sum();
    }

    private Optional<ProbedStage> probed(
            List<SortedMap<Integer, List<StageMeasurement>>> forks, List<StageMeasurement> all, double iterations) {
        List<Double> shares = new ArrayList<>();
        List<Double> fractions = new ArrayList<>();
        List<Double> bounds = new ArrayList<>();
        for (SortedMap<Integer, List<StageMeasurement>> fork : forks) {
            List<TaskIo> tasks = fork.values().stream()
                    .flatMap(List::stream)
                    .flatMap(stage -> stage.probedTasks().stream())
                    .map(task -> task.io().orElseThrow())
                    .toList();
            double wall = tasks.stream().mapToLong(TaskIo::wallNanos).sum();
            if (wall > 0) {
                shares.add(tasks.stream().mapToLong(TaskIo::ioNanos).sum() / wall);
                fractions.add(tasks.stream().mapToLong(TaskIo::blockedNanos).sum() / wall);
            }
            Estimate.of(fork.values().stream()
                            .flatMap(List::stream)
                            .flatMap(stage -> Replay.bound(stage.probedTasks()).stream())
                            .toList())
                    .ifPresent(estimate -> bounds.add(estimate.median()));
        }
        if (fractions.isEmpty()) {
            return Optional.empty();
        }
        double blocked = Estimate.of(fractions).orElseThrow().median();
        Optional<Double> bound = Estimate.of(bounds).map(Estimate::median);
        return Optional.of(new ProbedStage(
                Estimate.of(shares).orElseThrow().median(),
                blocked,
                bound,
                IoBound.of(blocked, bound, thresholds),
                all.stream()
                        .flatMap(stage -> stage.probedTasks().stream())
                        .allMatch(
                                task -> task.io().orElseThrow().runQueueNanos().isPresent()),
                costs(all, iterations)));
    }

    private static SortedMap<IoCategory, IoCost> costs(List<StageMeasurement> all, double iterations) {
        EnumMap<IoCategory, IoCost> sums = new EnumMap<>(IoCategory.class);
        all.stream().flatMap(stage -> stage.probedTasks().stream()).forEach(task -> task.io()
                .orElseThrow()
                .costs()
                .forEach((category, cost) -> sums.merge(category, cost, IoCost::plus)));
        SortedMap<IoCategory, IoCost> means = new TreeMap<>();
        sums.forEach((category, cost) -> means.put(
                category,
                new IoCost(
                        Math.round(cost.calls() / iterations),
                        Math.round(cost.nanos() / iterations),
                        Math.round(cost.bytes() / iterations))));
        return means;
    }

    private static boolean succeeded(TaskMeasurement task) {
        return task.outcome() == TaskMeasurement.Outcome.SUCCESS;
    }

    private static double sum(List<StageMeasurement> stages, ToLongFunction<StageMeasurement> value) {
        return stages.stream().mapToLong(value).sum();
    }
}

package io.berth.reports.cells;

import io.berth.model.plan.Plan;
import io.berth.model.plan.Trial;
import io.berth.model.results.Answer;
import io.berth.model.results.Attempt;
import io.berth.model.results.Measurements;
import io.berth.model.results.Results;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.TaskMeasurement;
import io.berth.model.results.TrialResult;
import io.berth.reports.text.Quantity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Decides which trials may be believed. The runner and the application have judged each trial alone; here is judged what
 * only shows when all trials of a workload lie side by side, and what a damaged record would hide.
 */
final class Judge {
    private final Plan plan;
    private final Map<String, TrialResult> results;

    Judge(Results results) {
        this.plan = results.plan();
        this.results = new HashMap<>();
        results.trials().forEach(result -> this.results.put(result.trial().id(), result));
    }

    /** Every planned trial, in the order of the plan. */
    List<JudgedTrial> judge() {
        List<JudgedTrial> alone = plan.trials().stream().map(this::judgeAlone).toList();
        Map<String, List<JudgedTrial>> byWorkload = alone.stream()
                .filter(it ->
                        it.outcome() == CellOutcome.COMPLETED && it.trial().kind() == Trial.Kind.MEASURE)
                .collect(Collectors.groupingBy(it -> it.trial().workload()));
        Map<String, String> distrusted = new HashMap<>();
        byWorkload.values().forEach(trials -> distrusted.putAll(disagreements(trials)));
        return alone.stream()
                .map(it -> Optional.ofNullable(distrusted.get(it.trial().id()))
                        .map(it::unverified)
                        .orElse(it))
                .toList();
    }

    private JudgedTrial judgeAlone(Trial trial) {
        TrialResult result = results.get(trial.id());
        if (result == null) {
            return new JudgedTrial(trial, Optional.empty(), CellOutcome.NOT_RUN, Optional.of("it has not run"));
        }
        Attempt attempt = result.decisive();
        CellOutcome outcome = CellOutcome.of(attempt.outcome());
        String reason = CellOutcome.reason(attempt.outcome());
        JudgedTrial judged = new JudgedTrial(
                trial,
                Optional.of(result),
                outcome,
                outcome == CellOutcome.COMPLETED
                        ? Optional.empty()
                        : Optional.of(reason.isBlank() ? "no reason was recorded" : reason));
        if (trial.kind() == Trial.Kind.PREPARE) {
            return judged;
        }
        return judged.raw()
                .flatMap(numbers -> distrust(trial, numbers))
                .map(judged::unverified)
                .orElse(judged);
    }

    private Optional<String> distrust(Trial trial, Measurements numbers) {
        int planned = plan.workload(trial.workload()).measuredIterations();
        int recorded = numbers.measured().size();
        if (recorded != planned) {
            return Optional.of("%s of %s recorded".formatted(recorded, Quantity.count(planned, "measured iteration")));
        }
        if (numbers.measured().stream().anyMatch(it -> it.elapsedNanos() <= 0)) {
            return Optional.of("a measured iteration is recorded as taking no time");
        }
        Optional<Answer> wrong =
                numbers.answers().stream().filter(answer -> !answer.matches()).findFirst();
        if (wrong.isPresent()) {
            return wrong.map(answer -> "the answer to %s is %s, expected %s"
                    .formatted(
                            answer.step(), answer.checksum(), answer.expected().orElseThrow()));
        }
        return incompleteProbe(numbers);
    }

    /** A probe that was on and missed tasks has numbers that nobody should read. */
    private Optional<String> incompleteProbe(Measurements numbers) {
        long probed = 0;
        long successful = 0;
        for (StageMeasurement stage : numbers.stages()) {
            probed += stage.probedTasks().size();
            successful += stage.tasks(task -> task.outcome() == TaskMeasurement.Outcome.SUCCESS);
        }
        double wanted = plan.thresholds().completeTaskFraction();
        return probed == 0 || probed >= wanted * successful
                ? Optional.empty()
                : Optional.of("the I/O probe saw %s of %s tasks, %s are needed"
                        .formatted(probed, successful, Quantity.percent(wanted)));
    }

    /** The trials of one workload whose answers can't stand beside the others', with the reason for each. */
    private static Map<String, String> disagreements(List<JudgedTrial> trials) {
        SortedMap<String, List<Given>> byStep = new TreeMap<>();
        for (JudgedTrial trial : trials) {
            for (Answer answer : trial.raw().orElseThrow().answers()) {
                byStep.computeIfAbsent(answer.step(), step -> new ArrayList<>()).add(new Given(trial.trial(), answer));
            }
        }
        Map<String, String> reasons = new HashMap<>();
        byStep.forEach((step, given) -> {
            for (JudgedTrial trial : trials) {
                if (given.stream().noneMatch(it -> it.trial().equals(trial.trial()))) {
                    reasons.putIfAbsent(
                            trial.trial().id(), "it gave no answer to %s, but other trials did".formatted(step));
                }
            }
            disagreement(step, given, reasons);
        });
        return reasons;
    }

    private static void disagreement(String step, List<Given> given, Map<String, String> reasons) {
        Optional<String> expected =
                given.stream().flatMap(it -> it.answer().expected().stream()).min(Comparator.naturalOrder());
        if (expected.isPresent()) {
            given.stream()
                    .filter(it -> !it.answer().checksum().equals(expected.get()))
                    .forEach(it -> reasons.putIfAbsent(
                            it.trial().id(),
                            "the answer to %s is %s, expected %s"
                                    .formatted(step, it.answer().checksum(), expected.get())));
            return;
        }
        SortedMap<String, List<Trial>> byAnswer = new TreeMap<>();
        given.forEach(it ->
                byAnswer.computeIfAbsent(it.text(), text -> new ArrayList<>()).add(it.trial()));
        if (byAnswer.size() > 1) {
            String all = byAnswer.entrySet().stream()
                    .map(entry -> entry.getKey() + " in " + named(entry.getValue()))
                    .collect(Collectors.joining("; "));
            String reason = "the answers to %s disagree and no committed value decides: %s".formatted(step, all);
            given.forEach(it -> reasons.putIfAbsent(it.trial().id(), reason));
        }
    }

    /** The trials by id if they are few, else their number and profiles. */
    private static String named(List<Trial> trials) {
        return trials.size() <= 2
                ? trials.stream().map(Trial::id).distinct().sorted().collect(Collectors.joining(", "))
                : "%s on %s"
                        .formatted(
                                Quantity.count(
                                        trials.stream()
                                                .map(Trial::id)
                                                .distinct()
                                                .count(),
                                        "trial"),
                                trials.stream()
                                        .map(Trial::profile)
                                        .distinct()
                                        .sorted()
                                        .collect(Collectors.joining(", ")));
    }

    private record Given(Trial trial, Answer answer) {
        String text() {
            return Quantity.count(answer.rows(), "row") + " " + answer.checksum();
        }
    }
}

package io.berth.model.plan;

import io.berth.model.suite.Kubernetes;
import io.berth.model.suite.StorageProfile;
import io.berth.model.text.BerthVersion;
import io.berth.model.text.FormatVersion;
import java.util.List;
import java.util.Optional;

/**
 * A suite with everything resolved: nothing that a suite may leave out is left open but the description. A results directory belongs to exactly
 * one plan.
 *
 * @param format      version of this file's format
 * @param berth       that made the plan; absent in files of 1.0
 * @param run         labels everything this run creates; drawn when the plan is made
 * @param suite       the suite's name
 * @param description the suite's
 * @param seed        of the order of trials
 * @param blocks      how many trials each cell has
 * @param master      the Spark master
 * @param kubernetes  how pods are made; present whenever the master is Kubernetes
 * @param baseline    the profile that ratios refer to
 * @param profiles    in the suite's order
 * @param workloads   in the suite's order
 * @param thresholds  for the classification of stages
 * @param command     the command line that made the plan
 * @param trials      in the order of their execution
 */
public record Plan(
        FormatVersion format,
        Optional<BerthVersion> berth,
        String run,
        String suite,
        Optional<String> description,
        long seed,
        int blocks,
        String master,
        Optional<Kubernetes> kubernetes,
        String baseline,
        List<StorageProfile> profiles,
        List<PlannedWorkload> workloads,
        Thresholds thresholds,
        List<String> command,
        List<Trial> trials) {
    public Plan {
        profiles = List.copyOf(profiles);
        workloads = List.copyOf(workloads);
        command = List.copyOf(command);
        trials = List.copyOf(trials);
    }

    /**
     * The workload of that name.
     *
     * @throws IllegalArgumentException if the plan has none
     */
    public PlannedWorkload workload(String name) {
        return workloads.stream()
                .filter(workload -> workload.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no workload " + name + " in plan of " + suite));
    }

    /**
     * The profile of that name.
     *
     * @throws IllegalArgumentException if the plan has none
     */
    public StorageProfile profile(String name) {
        return profiles.stream()
                .filter(profile -> profile.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no profile " + name + " in plan of " + suite));
    }

    /** The same cluster and profiles without anything to run on them: of a measurement that isn't of applications. */
    public Plan withoutTrials() {
        return new Plan(
                format,
                berth,
                run,
                suite,
                description,
                seed,
                blocks,
                master,
                kubernetes,
                baseline,
                profiles,
                List.of(),
                thresholds,
                command,
                List.of());
    }

    /** Every workload on every profile, in the suite's order. */
    public List<Cell> cells() {
        return workloads.stream()
                .flatMap(workload -> profiles.stream().map(profile -> new Cell(workload.name(), profile.name())))
                .toList();
    }

    /** The measuring trials of a cell, by block. */
    public List<Trial> trials(Cell cell) {
        return trials.stream()
                .filter(trial ->
                        trial.kind() == Trial.Kind.MEASURE && trial.cell().equals(cell))
                .toList();
    }
}

package io.berth.reports.cells;

import io.berth.model.plan.PlannedWorkload;
import io.berth.model.results.Attempt;
import io.berth.model.results.DataSetFact;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.MountFact;
import io.berth.model.results.PodLife;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.TaskMeasurement;
import io.berth.model.suite.AccessType;
import io.berth.model.suite.Durability;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the counted trials of a cell recorded beside their times, gathered so that two cells can be held against each
 * other.
 */
record Evidence(CellReport report, PlannedWorkload workload, StorageProfile profile) {
    /** The fact in which an application records what its writes waited for, where the backend gives more than the plan. */
    static final String DURABILITY_FACT = "durability";

    private static final String SPARK_FACT = "spark.version";

    List<Attempt> attempts() {
        return report.counted().stream().flatMap(it -> it.attempt().stream()).toList();
    }

    List<IterationMeasurement> measured() {
        return report.counted().stream()
                .flatMap(it -> it.measurements().stream())
                .flatMap(it -> it.measured().stream())
                .toList();
    }

    /** Where the directories of a role really were, by mount point and source. */
    SortedSet<String> devices(Role role) {
        return mounts(role)
                .map(it -> it.source() + " (" + it.fsType() + ") at " + it.mountPoint())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The sources that the directories of a role were mounted from. */
    SortedSet<String> sources(Role role) {
        return mounts(role).map(MountFact::source).collect(Collectors.toCollection(TreeSet::new));
    }

    boolean isMemory() {
        return profile.accessType() == AccessType.MEMORY
                || mounts(Role.DATA)
                        .anyMatch(
                                it -> it.fsType().equals("tmpfs") || it.fsType().equals("ramfs"));
    }

    /** What its writes waited for. */
    SortedSet<String> durabilities() {
        SortedSet<String> recorded = facts().getOrDefault(DURABILITY_FACT, new TreeSet<>());
        return recorded.isEmpty() ? new TreeSet<>(List.of(workload.durability().label())) : recorded;
    }

    /** The versions of Spark that it ran on. */
    SortedSet<String> sparks() {
        return facts().getOrDefault(SPARK_FACT, new TreeSet<>());
    }

    boolean writes() {
        return workload.durability() != Durability.READ_ONLY;
    }

    /** Every fact with all the values that it had. */
    SortedMap<String, SortedSet<String>> facts() {
        SortedMap<String, SortedSet<String>> values = new TreeMap<>();
        attempts().stream().flatMap(it -> it.environment().stream()).forEach(environment -> environment
                .facts()
                .forEach((key, value) ->
                        values.computeIfAbsent(key, it -> new TreeSet<>()).add(value)));
        for (Attempt attempt : attempts()) {
            String nodes = attempt.pods().stream()
                    .filter(PodLife::ofTheApplication)
                    .map(it -> "%s on %s"
                            .formatted(
                                    it.kind(),
                                    it.node().orElse("no node")
                                            + it.zone()
                                                    .map(zone -> " in " + zone)
                                                    .orElse("")))
                    .sorted()
                    .collect(Collectors.joining(", "));
            if (!nodes.isEmpty()) {
                values.computeIfAbsent("placement", it -> new TreeSet<>()).add(nodes);
            }
        }
        return values;
    }

    SortedSet<String> dataSets() {
        return attempts().stream()
                .flatMap(it -> it.dataSets().stream())
                .map(it -> it.name() + " " + it.digest())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The size of the largest set of data that a trial read; absent if none was recorded. */
    Optional<Long> dataBytes() {
        return attempts().stream()
                .map(it -> it.dataSets().stream().mapToLong(DataSetFact::bytes).sum())
                .filter(bytes -> bytes > 0)
                .max(Long::compare);
    }

    /** Task attempts of measured iterations that failed or were killed. */
    long lostTasks() {
        return report.counted().stream()
                .flatMap(it -> it.measurements().stream())
                .flatMap(it -> it.stages().stream().filter(stage -> isMeasured(it.measured(), stage)))
                .mapToLong(stage -> stage.tasks(task -> task.outcome() != TaskMeasurement.Outcome.SUCCESS))
                .sum();
    }

    private Stream<MountFact> mounts(Role role) {
        return attempts().stream()
                .map(Attempt::mounts)
                .flatMap(Collection::stream)
                .filter(it -> it.role().equals(role.label()));
    }

    private static boolean isMeasured(List<IterationMeasurement> measured, StageMeasurement stage) {
        return measured.stream().anyMatch(it -> it.index() == stage.iteration());
    }
}

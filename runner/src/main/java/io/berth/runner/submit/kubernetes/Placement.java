package io.berth.runner.submit.kubernetes;

import io.berth.model.results.PodLife;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.PreferredSchedulingTerm;
import io.fabric8.kubernetes.api.model.PreferredSchedulingTermBuilder;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The nodes that a workload's first measured trial ran on. Later ones prefer them, so that cells are compared on the same
 * machines. They don't insist: a trial on another node is better than none, and the report says that its placement differs.
 *
 * @param drivers   the nodes of drivers
 * @param executors the nodes of executors
 */
record Placement(NavigableSet<String> drivers, NavigableSet<String> executors) {
    private static final int MOST = 100;

    /** Of a trial's pods; nodes of pods that were never scheduled are missing. */
    static Placement of(List<PodLife> pods) {
        return new Placement(nodes(pods, true), nodes(pods, false));
    }

    private static NavigableSet<String> nodes(List<PodLife> pods, boolean drivers) {
        NavigableSet<String> nodes = new TreeSet<>();
        pods.stream()
                .filter(PodLife::ofTheApplication)
                .filter(pod -> pod.process().equals(ApplicationManifests.DRIVER) == drivers)
                .forEach(pod -> pod.node().ifPresent(nodes::add));
        return nodes;
    }

    /** Without a trial before, executors spread; all of them on one node is a placement, too, which spreading would undo. */
    static boolean spreads(Optional<Placement> first) {
        return first.isEmpty() || first.get().executors.size() != 1;
    }

    /** A preference for each node, because a field selector may have one value only. */
    static Optional<Affinity> affinity(NavigableSet<String> nodes) {
        List<PreferredSchedulingTerm> preferences = nodes.stream()
                .map(node -> new PreferredSchedulingTermBuilder()
                        .withWeight(MOST)
                        .withNewPreference()
                        .addNewMatchField()
                        .withKey("metadata.name")
                        .withOperator("In")
                        .withValues(node)
                        .endMatchField()
                        .endPreference()
                        .build())
                .toList();
        return preferences.isEmpty()
                ? Optional.empty()
                : Optional.of(new AffinityBuilder()
                        .withNewNodeAffinity()
                        .withPreferredDuringSchedulingIgnoredDuringExecution(preferences)
                        .endNodeAffinity()
                        .build());
    }

    /** The placements of a run, by workload. */
    static final class Held {
        private final Map<String, Placement> byWorkload = new ConcurrentHashMap<>();

        Optional<Placement> of(String workload) {
            return Optional.ofNullable(byWorkload.get(workload));
        }

        /** Keeps what is the first. */
        void keep(String workload, List<PodLife> pods) {
            Placement placement = Placement.of(pods);
            if (!placement.drivers.isEmpty()) {
                byWorkload.putIfAbsent(workload, placement);
            }
        }
    }
}

package io.berth.runner.plan;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What the command line says beside the suite.
 *
 * @param profiles  only these, or other known ones; the suite's if empty
 * @param workloads only these of the suite; all if empty
 * @param blocks    wins over the suite's
 * @param seed      wins over the suite's
 * @param master    Spark master; this machine if absent
 * @param command   for the record
 */
public record PlanOptions(
        List<String> profiles,
        List<String> workloads,
        OptionalInt blocks,
        OptionalLong seed,
        Optional<String> master,
        List<String> command) {
    public PlanOptions {
        profiles = List.copyOf(profiles);
        workloads = List.copyOf(workloads);
        command = List.copyOf(command);
    }
}

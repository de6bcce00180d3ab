package io.berth.runner.doctor;

import io.berth.model.plan.Plan;
import io.berth.model.plan.PlannedWorkload;
import io.berth.model.plan.Thresholds;
import io.berth.model.suite.AccessType;
import io.berth.model.suite.Durability;
import io.berth.model.suite.Kubernetes;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.model.text.BerthVersion;
import io.berth.model.text.FormatVersion;
import io.berth.storage.Cluster;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A plan of one workload that wants a driver of 1 CPU and two executors of 1 CPU, with 1 GiB each. */
final class Samples {
    static final String RUN = "nightly-00c0ffee";

    private Samples() {}

    static Cluster cluster(KubernetesClient client) {
        return new Cluster(client, "bench", kubernetes(), RUN, false);
    }

    static Plan plan(Map<String, Object> settings) {
        PlannedWorkload workload = new PlannedWorkload(
                "sql",
                "sql",
                "none",
                "a workload",
                Map.of(),
                List.of(Role.DATA, Role.SCRATCH),
                Durability.READ_ONLY,
                "uncontrolled",
                0,
                1,
                60,
                1,
                Map.of("spark.driver.memory", "1g", "spark.executor.memory", "1g"));
        return new Plan(
                FormatVersion.CURRENT,
                Optional.of(new BerthVersion("0.1.0", Optional.of("5eed5eed5e"))),
                RUN,
                "nightly",
                Optional.empty(),
                1,
                1,
                "k8s",
                Optional.of(kubernetes()),
                "lab",
                List.of(new StorageProfile("lab", "volume", "a volume", AccessType.NAS, settings)),
                List.of(workload),
                Thresholds.DEFAULT,
                List.of("berth", "doctor"),
                List.of());
    }

    private static Kubernetes kubernetes() {
        return new Kubernetes(
                "berth:1",
                Optional.empty(),
                List.of("registry"),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Map.of(),
                OptionalInt.empty());
    }
}

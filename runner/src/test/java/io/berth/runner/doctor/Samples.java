package io.berth.runner.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import io.berth.model.text.Formats;
import io.berth.storage.Cluster;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
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
        return plan(new StorageProfile("lab", "volume", "a volume", AccessType.NAS, settings));
    }

    /** With a profile whose server is this object. */
    static Plan deploying(Map<String, Object> object) {
        return plan(new StorageProfile("lab", "volume", "a server", AccessType.NAS, List.of(object), Map.of()));
    }

    private static Plan plan(StorageProfile profile) {
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
                List.of(profile),
                List.of(workload),
                Thresholds.DEFAULT,
                List.of("berth", "doctor"),
                List.of());
    }

    /**
     * An API server's answers where nothing is missing in namespace {@code bench}.
     *
     * @param forbidden what reviews deny: {@code verb group resource/subresource of whom}
     */
    static void serveHealthyCluster(KubernetesMockServer server, KubernetesClient client, List<String> forbidden) {
        server.expect()
                .get()
                .withPath("/version")
                .andReturn(200, Map.of("major", "1", "minor", "34", "gitVersion", "v1.34.2"))
                .always();
        for (String review : List.of("selfsubjectaccessreviews", "namespaces/bench/localsubjectaccessreviews")) {
            server.expect()
                    .post()
                    .withPath("/apis/authorization.k8s.io/v1/" + review)
                    .andReply(201, request -> reviewed(request.getUtf8Body(), forbidden))
                    .always();
        }
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName("bench")
                        .endMetadata()
                        .build())
                .create();
        client.resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName("berth")
                        .withNamespace("bench")
                        .endMetadata()
                        .build())
                .create();
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("registry")
                        .withNamespace("bench")
                        .endMetadata()
                        .build())
                .create();
    }

    private static JsonNode reviewed(String body, List<String> forbidden) {
        try {
            ObjectNode review = (ObjectNode) Formats.json().readTree(body);
            JsonNode attributes = review.path("spec").path("resourceAttributes");
            String asked = "%s %s %s%s of %s"
                    .formatted(
                            attributes.path("verb").asText(),
                            attributes.path("group").asText(),
                            attributes.path("resource").asText(),
                            attributes.has("subresource")
                                    ? "/" + attributes.path("subresource").asText()
                                    : "",
                            review.path("spec").path("user").asText("us"));
            review.putObject("status").put("allowed", !forbidden.contains(asked));
            return review;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
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

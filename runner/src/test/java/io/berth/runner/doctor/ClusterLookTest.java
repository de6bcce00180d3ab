package io.berth.runner.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against an API server that keeps objects and permits what a test doesn't forbid. */
@EnableKubernetesMockClient(crud = true, https = false)
@Timeout(60)
class ClusterLookTest {
    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesMockServer server;

    /** By what the reviews ask: {@code verb group resource/subresource of whom}. */
    private final List<String> forbidden = new ArrayList<>();

    @BeforeEach
    void isHealthy() {
        Samples.serveHealthyCluster(server, client, forbidden);
    }

    @Test
    void aHealthyClusterHasNoFinding() {
        node("one", "4", "8Gi");

        assertThat(look(Map.of("dataClass", Map.of(), "dataVolume", Map.of()))).isEmpty();
    }

    @Test
    void eachVerbThatIsMissingIsNamed() {
        forbidden.addAll(List.of(
                "patch  pods of us",
                "get  pods/log of us",
                "get  nodes of us",
                "create storage.k8s.io storageclasses of us"));

        assertThat(look(Map.of("dataClass", Map.of())))
                .extracting(Finding::code, Finding::found)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(
                                "right-missing", "whoever runs berth may not patch pods in namespace bench"),
                        org.assertj.core.groups.Tuple.tuple(
                                "right-missing", "whoever runs berth may not get pods/log in namespace bench"),
                        org.assertj.core.groups.Tuple.tuple(
                                "right-missing",
                                "whoever runs berth may not create storageclasses.storage.k8s.io in the cluster"),
                        org.assertj.core.groups.Tuple.tuple(
                                "evidence-right-missing", "whoever runs berth may not get nodes in the cluster"));
        // What no profile of the plan takes isn't asked for.
        assertThat(look(Map.of())).noneMatch(it -> it.found().contains("storageclasses"));
    }

    @Test
    void whatDriversMayNotDoIsNamedAndAMissingAccountIsSaid() {
        forbidden.add("create  pods of system:serviceaccount:bench:berth");

        assertThat(look(Map.of())).singleElement().satisfies(finding -> {
            assertThat(finding.code()).isEqualTo("driver-right-missing");
            assertThat(finding.found()).contains("service account berth, which may not create pods");
            assertThat(finding.advice()).contains("deploy/driver.yaml");
        });
        client.serviceAccounts().inNamespace("bench").withName("berth").delete();
        assertThat(codes(Map.of())).containsExactly("service-account-missing");
    }

    @Test
    void aClusterThatRefusesUsAndANamespaceThatIsMissingAreTheOnlyFinding() {
        client.namespaces().withName("bench").delete();
        forbidden.add("patch  pods of us");

        assertThat(codes(Map.of())).containsExactly("namespace-missing");
        server.clearExpectations();
        server.expect().get().withPath("/version").andReturn(401, "").always();
        assertThat(codes(Map.of())).containsExactly("cluster-unreachable");
    }

    @Test
    void aSecretForPullingThatIsMissingIsNamed() {
        client.secrets().inNamespace("bench").withName("registry").delete();

        assertThat(look(Map.of())).singleElement().satisfies(finding -> {
            assertThat(finding.code()).isEqualTo("pull-secret-missing");
            assertThat(finding.found()).contains("registry");
        });
    }

    @Test
    void aQuotaCountsWithWhatIsInUse() {
        client.resource(new ResourceQuotaBuilder()
                        .withNewMetadata()
                        .withName("team")
                        .withNamespace("bench")
                        .endMetadata()
                        .withNewStatus()
                        .addToHard("pods", new Quantity("10"))
                        .addToUsed("pods", new Quantity("7"))
                        .addToHard("limits.cpu", new Quantity("4"))
                        .addToUsed("limits.cpu", new Quantity("1"))
                        .endStatus()
                        .build())
                .create();

        // Three pods fit; 1 + 0.1 + 2 CPUs don't.
        assertThat(look(Map.of())).singleElement().satisfies(finding -> {
            assertThat(finding.code()).isEqualTo("quota-too-small");
            assertThat(finding.found()).contains("quota team", "1 of 4 in use", "3.1 of limits.cpu");
        });
    }

    @Test
    void podsMustFitBesideOthersOnNodesThatTakeThem() {
        node("one", "2", "8Gi");
        node("two", "2", "8Gi");
        assertThat(codes(Map.of())).isEmpty();

        client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withName("neighbour")
                        .withNamespace("other")
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName("two")
                        .addNewContainer()
                        .withNewResources()
                        .addToRequests("cpu", new Quantity("1500m"))
                        .endResources()
                        .endContainer()
                        .endSpec()
                        .withNewStatus()
                        .withPhase("Running")
                        .endStatus()
                        .build())
                .create();
        assertThat(look(Map.of())).singleElement().satisfies(finding -> {
            assertThat(finding.code()).isEqualTo("nodes-too-small");
            assertThat(finding.found()).contains("no place for an executor with 1 CPUs");
        });
    }

    private void node(String name, String cpu, String memory) {
        client.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .endSpec()
                        .withNewStatus()
                        .addToAllocatable("cpu", new Quantity(cpu))
                        .addToAllocatable("memory", new Quantity(memory))
                        .addNewCondition()
                        .withType("Ready")
                        .withStatus("True")
                        .endCondition()
                        .endStatus()
                        .build())
                .create();
    }

    private List<Finding> look(Map<String, Object> settings) {
        if (client.nodes().list().getItems().isEmpty()) {
            node("large", "64", "256Gi");
        }
        List<Finding> findings = new ClusterLook(Samples.cluster(client), Samples.plan(settings)).look();
        assertThat(findings).allMatch(finding -> finding.profile().equals(Optional.empty()));
        return findings;
    }

    private List<String> codes(Map<String, Object> settings) {
        return look(settings).stream().map(Finding::code).toList();
    }
}

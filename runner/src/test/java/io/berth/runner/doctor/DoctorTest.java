package io.berth.runner.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Plan;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against an API server that keeps objects and does nothing: no claim is bound, no pod starts, no server becomes ready. */
@EnableKubernetesMockClient(crud = true, https = false)
@Timeout(60)
class DoctorTest {
    /** So long that a test which waits for it fails. */
    private static final Duration FOREVER = Duration.ofHours(1);

    @TempDir
    private Path logs;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesMockServer server;

    @BeforeEach
    void isHealthy() {
        Samples.serveHealthyCluster(server, client, List.of());
        Map<String, Quantity> size = Map.of("cpu", new Quantity("8"), "memory", new Quantity("16Gi"));
        client.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName("one")
                        .endMetadata()
                        .withNewSpec()
                        .endSpec()
                        .withNewStatus()
                        .addNewCondition()
                        .withType("Ready")
                        .withStatus("True")
                        .endCondition()
                        .withAllocatable(size)
                        .endStatus()
                        .build())
                .create();
    }

    @Test
    void interruptedWhileAPodStartsItLeavesNothing() throws Exception {
        Doctor doctor = doctor(Samples.plan(Map.of(
                "dataClaim",
                Map.of(
                        "storageClassName",
                        "",
                        "accessModes",
                        List.of("ReadWriteMany"),
                        "resources",
                        Map.of("requests", Map.of("storage", "1Gi"))))));
        CompletableFuture<List<Finding>> look = CompletableFuture.supplyAsync(doctor::examine);
        client.pods()
                .inNamespace("bench")
                .withName(Samples.RUN + "-lab-doctor")
                .waitUntilCondition(Objects::nonNull, 30, TimeUnit.SECONDS);
        assertThat(client.persistentVolumeClaims().inNamespace("bench").list().getItems())
                .hasSize(1);

        doctor.interrupt();

        assertThat(look.get(30, TimeUnit.SECONDS)).isEmpty();
        assertNothingIsLeft();
    }

    @Test
    void interruptedWhileServersStartItLeavesNothing() throws Exception {
        Doctor doctor = doctor(Samples.deploying(Map.of(
                "kind",
                "Deployment",
                "metadata",
                Map.of("name", "${name}"),
                "spec",
                Map.of(
                        "selector",
                        Map.of("matchLabels", Map.of("app", "${name}")),
                        "template",
                        Map.of(
                                "metadata",
                                Map.of("labels", Map.of("app", "${name}")),
                                "spec",
                                Map.of("containers", List.of(Map.of("name", "server", "image", "absent"))))))));
        CompletableFuture<List<Finding>> look = CompletableFuture.supplyAsync(doctor::examine);
        client.apps()
                .deployments()
                .inNamespace("bench")
                .withName(Samples.RUN + "-lab")
                .waitUntilCondition(Objects::nonNull, 30, TimeUnit.SECONDS);

        doctor.interrupt();

        assertThat(look.get(30, TimeUnit.SECONDS)).isEmpty();
        assertNothingIsLeft();
    }

    @Test
    void interruptedBeforeItBeganItMakesNothing() {
        Doctor doctor = doctor(Samples.plan(Map.of("data", Map.of("emptyDir", Map.of()))));
        doctor.interrupt();

        assertThat(doctor.examine()).isEmpty();

        assertNothingIsLeft();
    }

    private Doctor doctor(Plan plan) {
        return new Doctor(plan, Optional.of(Samples.cluster(client)), logs, FOREVER, InstantSource.system());
    }

    private void assertNothingIsLeft() {
        assertThat(client.pods().inNamespace("bench").list().getItems()).isEmpty();
        assertThat(client.persistentVolumeClaims().inNamespace("bench").list().getItems())
                .isEmpty();
        assertThat(client.apps().deployments().inNamespace("bench").list().getItems())
                .isEmpty();
    }
}

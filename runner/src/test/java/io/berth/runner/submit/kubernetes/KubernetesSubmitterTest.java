package io.berth.runner.submit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Trial;
import io.berth.model.plan.TrialSpec;
import io.berth.model.results.TrialOutcome.Cause;
import io.berth.model.results.TrialOutcome.Failed;
import io.berth.model.suite.Durability;
import io.berth.model.suite.Kubernetes;
import io.berth.model.text.FormatVersion;
import io.berth.runner.submit.ApplicationEnd;
import io.berth.runner.submit.ApplicationEnd.Way;
import io.berth.runner.submit.Submission;
import io.berth.storage.Cluster;
import io.berth.storage.PodVolume;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against an API server that keeps objects and does nothing; the tests are the scheduler and the kubelet. */
@EnableKubernetesMockClient(crud = true)
@Timeout(60)
class KubernetesSubmitterTest {
    private static final String RUN = "nightly-00c0ffee";

    @TempDir
    private Path temp;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesMockServer server;

    private final ConcurrentLinkedQueue<String> notes = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean goOn = new AtomicBoolean(true);
    private Cluster cluster;
    private KubernetesSubmitter submitter;

    @BeforeEach
    void connect() {
        connect(60);
    }

    private void connect(int startLimitSeconds) {
        cluster = new Cluster(client, "bench", settings(startLimitSeconds), RUN, false);
        submitter = new KubernetesSubmitter(cluster, notes::add);
    }

    @AfterEach
    void close() {
        submitter.close();
    }

    @Test
    void everythingIsLabelledOwnedAndScheduledOnlyWhenItIsThere() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        Pod driver = ungated();

        List<HasMetadata> owned = List.of(
                client.services().inNamespace("bench").list().getItems().get(0),
                client.configMaps().inNamespace("bench").list().getItems().get(0),
                client.secrets().inNamespace("bench").list().getItems().get(0));
        assertThat(owned).allSatisfy(object -> {
            assertThat(object.getMetadata().getLabels()).containsEntry("berth.io/run", RUN);
            assertThat(object.getMetadata().getOwnerReferences())
                    .singleElement()
                    .satisfies(owner -> assertThat(owner.getUid())
                            .isEqualTo(driver.getMetadata().getUid()));
        });
        assertThat(driver.getMetadata().getLabels()).containsEntry("berth.io/run", RUN);
        stop(running);
    }

    @Test
    void podsKeepToTheRestrictedLevelAndRequestWhatTheyMayUse() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        Pod driver = ungated();
        String told = client.configMaps()
                .inNamespace("bench")
                .list()
                .getItems()
                .get(0)
                .getData()
                .get("executor.yaml");
        Pod executor = client.getKubernetesSerialization().unmarshal(told, Pod.class);

        for (Pod pod : List.of(driver, executor)) {
            assertThat(pod.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSpec().getSecurityContext().getSeccompProfile().getType())
                    .isEqualTo("RuntimeDefault");
            assertThat(pod.getSpec().getNodeSelector()).containsEntry("pool", "quiet");
            assertThat(pod.getMetadata().getLabels()).containsEntry("team", "storage");
            for (Container container : pod.getSpec().getContainers()) {
                assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                        .isFalse();
                assertThat(container.getSecurityContext().getCapabilities().getDrop())
                        .containsExactly("ALL");
                assertThat(container.getVolumeMounts())
                        .filteredOn(mount -> mount.getMountPath().equals("/volumes/scratch"))
                        .hasSize(container.getName().equals("results") ? 0 : 1);
            }
        }
        for (Container container : driver.getSpec().getContainers()) {
            assertThat(container.getResources().getRequests())
                    .isEqualTo(container.getResources().getLimits())
                    .containsKeys("cpu", "memory");
        }
        assertThat(driver.getSpec()
                        .getContainers()
                        .get(0)
                        .getResources()
                        .getLimits()
                        .get("memory"))
                .hasToString("896Mi");
        assertThat(Files.readString(submission().conf()))
                .contains("spark.kubernetes.executor.limit.cores=500m", "spark.kubernetes.executor.request.cores=500m");
        stop(running);
    }

    @Test
    void aSecretIsInTheSecretAndNowhereElse() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        Pod driver = ungated();

        assertThat(client.secrets().inNamespace("bench").list().getItems())
                .singleElement()
                .satisfies(secret -> assertThat(secret.toString()).contains("AWS_SECRET_ACCESS_KEY"));
        String others = client.configMaps().inNamespace("bench").list()
                + driver.toString()
                + Files.readString(submission().conf())
                + Files.readString(submission().specFile());
        assertThat(others).doesNotContain("hush").contains("volumes");
        assertThat(driver.getSpec().getContainers().get(0).getEnvFrom()).hasSize(1);
        assertThat(driver.getSpec().getContainers().get(1).getEnvFrom()).isEmpty();
        stop(running);
    }

    @Test
    void anImageThatIsMissingIsAFailure() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        status(
                ungated(),
                scheduled()
                        .addNewContainerStatus()
                        .withName("driver")
                        .withNewState()
                        .withNewWaiting("Back-off pulling image \"absent\"", "ImagePullBackOff")
                        .endState()
                        .endContainerStatus()
                        .build());

        ApplicationEnd end = running.get(30, TimeUnit.SECONDS);

        assertThat(end.failure())
                .contains(new Failed(
                        Cause.INFRASTRUCTURE,
                        "driver can't start: ImagePullBackOff: Back-off pulling image \"absent\""));
        assertThat(end.pods()).singleElement().satisfies(pod -> {
            assertThat(pod.process()).isEqualTo("driver");
            assertThat(pod.node()).contains("node1");
            assertThat(pod.scheduledNanos()).isPresent();
            assertThat(pod.startedNanos()).isEmpty();
            assertThat(pod.goneNanos()).isPresent();
        });
        nothingIsLeft();
    }

    @Test
    void aPodThatFindsNoNodeIsAFailureWhenItsTimeIsUp() throws Exception {
        submitter.close();
        connect(5);
        CompletableFuture<ApplicationEnd> running = run();
        status(
                ungated(),
                new PodStatusBuilder()
                        .withPhase("Pending")
                        .addNewCondition()
                        .withType("PodScheduled")
                        .withStatus("False")
                        .withReason("Unschedulable")
                        .withMessage("0/1 nodes are available: 1 Insufficient cpu.")
                        .endCondition()
                        .build());

        ApplicationEnd end = running.get(30, TimeUnit.SECONDS);

        assertThat(end.failure().map(Failed::reason))
                .contains(
                        "driver didn't start within 5 s: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.");
        assertThat(notes).containsExactly("driver waits: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.");
        nothingIsLeft();
    }

    @Test
    void aQuotaThatIsExhaustedIsAFailure() throws Exception {
        server.expect()
                .post()
                .withPath("/api/v1/namespaces/bench/pods")
                .andReturn(
                        403,
                        new StatusBuilder()
                                .withCode(403)
                                .withMessage("pods \"x\" is forbidden: exceeded quota: small")
                                .build())
                .once();

        ApplicationEnd end = submitter.run(submission(), goOn::get);

        assertThat(end.failure())
                .contains(new Failed(
                        Cause.INFRASTRUCTURE,
                        "the driver's pod was refused: pods \"x\" is forbidden: exceeded quota: small"));
    }

    @Test
    void anEvictedDriverIsAFailure() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        status(
                ungated(),
                new PodStatusBuilder()
                        .withPhase("Failed")
                        .withReason("Evicted")
                        .withMessage("The node was low on resource: memory.")
                        .build());

        assertThat(running.get(30, TimeUnit.SECONDS).failure().map(Failed::reason))
                .contains("the driver's pod was ended by Kubernetes: Evicted: The node was low on resource: memory.");
        nothingIsLeft();
    }

    @Test
    void aDriverThatSomebodyDeletesIsAFailure() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        client.resource(ungated()).delete();

        assertThat(running.get(30, TimeUnit.SECONDS).failure().map(Failed::reason))
                .contains("the driver's pod was deleted by somebody else, or with its node");
    }

    @Test
    void aCallerThatDoesNotWantToGoOnEndsIt() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        ungated();
        goOn.set(false);

        assertThat(running.get(30, TimeUnit.SECONDS).way()).isEqualTo(Way.ABANDONED);
        nothingIsLeft();
    }

    @Test
    void anInterruptedSubmitterStopsAndStartsNothingAnyMore() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        ungated();
        stop(running);

        assertThat(submitter.run(submission(), goOn::get).way()).isEqualTo(Way.INTERRUPTED);
        nothingIsLeft();
    }

    @Test
    void whatAKilledRunnerLeftIsRemovedFirst() throws Exception {
        submitter.close();
        Pod left = new ApplicationManifests(cluster, submission()).driver();
        client.resource(new PodBuilder(left)
                        .editMetadata()
                        .addToLabels("left", "over")
                        .endMetadata()
                        .build())
                .create();
        connect(60);
        CompletableFuture<ApplicationEnd> running = run();

        assertThat(ungated().getMetadata().getLabels()).doesNotContainKey("left");
        stop(running);
    }

    private static Kubernetes settings(int startLimitSeconds) {
        return new Kubernetes(
                "registry.example/berth:1",
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.of(2),
                Optional.empty(),
                Optional.of("500m"),
                OptionalLong.empty(),
                Map.of("pool", "quiet"),
                List.of(Map.of("key", "dedicated", "operator", "Exists")),
                Optional.empty(),
                Map.of("team", "storage"),
                OptionalInt.of(startLimitSeconds));
    }

    private Submission submission() {
        TrialSpec spec = new TrialSpec(
                FormatVersion.CURRENT,
                "block1-a-workload-with-a-long-name-a-profile-with-a-long-name",
                Trial.Kind.MEASURE,
                "w",
                "W",
                Map.of(),
                Map.of(),
                "file:///volumes/data/output",
                Optional.empty(),
                Durability.CLOSED,
                0,
                1,
                30,
                List.of(),
                Map.of("spark.driver.memory", "512m"),
                OptionalDouble.empty());
        PodVolume scratch = new PodVolume(
                new VolumeBuilder()
                        .withName("spark-local-dir-1")
                        .withEmptyDir(new EmptyDirVolumeSource())
                        .build(),
                "/volumes/scratch");
        return new Submission(1, spec, "k8s", Map.of("AWS_SECRET_ACCESS_KEY", "hush"), List.of(scratch), temp);
    }

    private CompletableFuture<ApplicationEnd> run() {
        return CompletableFuture.supplyAsync(() -> uncheckedRun(submitter));
    }

    private ApplicationEnd uncheckedRun(KubernetesSubmitter by) {
        try {
            return by.run(submission(), goOn::get);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void stop(CompletableFuture<ApplicationEnd> running) throws Exception {
        submitter.interrupt();
        assertThat(running.get(30, TimeUnit.SECONDS).way()).isEqualTo(Way.INTERRUPTED);
    }

    /** The driver, when nothing keeps it from being scheduled any more. */
    private Pod ungated() {
        return client.pods()
                .inNamespace("bench")
                .withName(new ApplicationManifests(cluster, submission()).name())
                .waitUntilCondition(
                        pod -> pod != null && pod.getSpec().getSchedulingGates().isEmpty(), 30, TimeUnit.SECONDS);
    }

    private static PodStatusBuilder scheduled() {
        return new PodStatusBuilder()
                .withPhase("Pending")
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("True")
                .endCondition();
    }

    private void status(Pod pod, PodStatus status) {
        PodResource latest =
                client.pods().inNamespace("bench").withName(pod.getMetadata().getName());
        latest.edit(it ->
                new PodBuilder(it).editSpec().withNodeName("node1").endSpec().build());
        latest.editStatus(it -> new PodBuilder(it).withStatus(status).build());
    }

    private void nothingIsLeft() {
        assertThat(client.pods().inNamespace("bench").list().getItems()).isEmpty();
    }
}

package io.berth.runner.submit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.berth.model.plan.Trial;
import io.berth.model.plan.TrialSpec;
import io.berth.model.results.ClaimFact;
import io.berth.model.results.PodLife;
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
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against an API server that keeps objects and does nothing; the tests are the scheduler and the kubelet. */
@EnableKubernetesMockClient(crud = true, https = false)
@Timeout(60)
class KubernetesSubmitterTest {
    private static final String RUN = "nightly-00c0ffee";
    private static final long PROCESS = 1;

    @TempDir
    private Path temp;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesMockServer server;

    private final ConcurrentLinkedQueue<String> notes = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> phases = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean goOn = new AtomicBoolean(true);
    private int timeLimit = 30;
    private Optional<String> claim = Optional.empty();
    private Optional<String> sparkVersion = Optional.empty();
    private Optional<Map<String, Object>> template = Optional.empty();
    private Cluster cluster;
    private KubernetesSubmitter submitter;

    @BeforeEach
    void connect() {
        connect(60);
    }

    private void connect(int startLimitSeconds) {
        cluster = new Cluster(client, "bench", settings(startLimitSeconds), RUN, false);
        submitter = new KubernetesSubmitter(cluster, notes::add, phases::add, PROCESS, Duration.ZERO);
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
    void aClusterThatDoesNotAnswerIsNamed() {
        Config nowhere = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:1")
                .withRequestRetryBackoffLimit(0)
                .build();
        try (KubernetesClient silent =
                new KubernetesClientBuilder().withConfig(nowhere).build()) {
            Cluster there = new Cluster(silent, "bench", settings(60), RUN, false);

            assertThatThrownBy(() -> new KubernetesSubmitter(there, notes::add, phases::add, PROCESS, Duration.ZERO))
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessage(
                            "the Kubernetes at http://127.0.0.1:1/ doesn't answer (ConnectException); see kubectl cluster-info, or name another with --master");
        }
    }

    @Test
    void podsKeepToTheRestrictedLevelAndRequestWhatTheyMayUse() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        Pod driver = ungated();
        Pod executor = executor();

        for (Pod pod : List.of(driver, executor)) {
            assertThat(pod.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSpec().getSecurityContext().getSeccompProfile().getType())
                    .isEqualTo("RuntimeDefault");
            assertThat(pod.getSpec().getNodeSelector()).containsEntry("pool", "quiet");
            assertThat(pod.getSpec().getPriorityClassName()).isEqualTo("benchmarks");
            assertThat(pod.getSpec().getImagePullSecrets())
                    .extracting(LocalObjectReference::getName)
                    .containsExactly("registry");
            assertThat(pod.getSpec().getContainers()).allSatisfy(container -> {
                assertThat(container.getImage()).isEqualTo("registry.example/berth:1");
                assertThat(container.getImagePullPolicy()).isEqualTo("Always");
            });
            assertThat(pod.getMetadata().getLabels()).containsEntry("team", "storage");
            assertThat(pod.getSpec().getTolerations())
                    .extracting(toleration ->
                            "%s for %s s".formatted(toleration.getKey(), toleration.getTolerationSeconds()))
                    .containsExactly(
                            "dedicated for null s",
                            "node.kubernetes.io/not-ready for 120 s",
                            "node.kubernetes.io/unreachable for 120 s");
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
        assertThat(driver.getSpec().getServiceAccountName()).isEqualTo("spark");
        assertThat(executor.getSpec().getAutomountServiceAccountToken()).isFalse();
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
                .contains(
                        "spark.kubernetes.executor.limit.cores=500m",
                        "spark.kubernetes.executor.request.cores=500m",
                        "spark.kubernetes.authenticate.driver.serviceAccountName=spark",
                        "spark.kubernetes.container.image.pullPolicy=Always",
                        "spark.executor.instances=2");
        stop(running);
    }

    @Test
    void anotherSparkComesFromItsOwnImage() throws Exception {
        sparkVersion = Optional.of("4.1");

        CompletableFuture<ApplicationEnd> running = run();
        Pod driver = ungated();

        assertThat(driver.getSpec().getContainers()).isNotEmpty().allSatisfy(container -> assertThat(
                        container.getImage())
                .isEqualTo("registry.example/berth-spark-4.1:1"));
        assertThat(Files.readString(submission().conf()))
                .contains("spark.kubernetes.container.image=registry.example/berth-spark-4.1\\:1");
        stop(running);
    }

    @Test
    void podsAreLaidOverTheTemplatesOfTheSuite() throws Exception {
        submitter.close();
        template = Optional.of(
                new ObjectMapper(new YAMLFactory()).readValue("""
                metadata:
                  labels: {team: other, cost-centre: '7'}
                  annotations: {example.org/injected: 'true'}
                spec:
                  restartPolicy: Always
                  hostAliases: [{ip: 10.0.0.1, hostnames: [filer]}]
                  tolerations: [{key: spot, operator: Exists}]
                  volumes: [{name: cache, emptyDir: {}}]
                  containers:
                  - name: driver
                    image: another
                    env: [{name: EXTRA, value: 'x'}]
                    volumeMounts: [{name: cache, mountPath: /cache}]
                  - name: executor
                    image: another
                    env: [{name: EXTRA, value: 'x'}]
                    volumeMounts: [{name: cache, mountPath: /cache}]
                  - {name: side, image: side:1}
                """, new TypeReference<Map<String, Object>>() {}));
        connect(60);
        CompletableFuture<ApplicationEnd> running = run();
        Pod driver = ungated();

        for (Pod pod : List.of(driver, executor())) {
            String role = pod.getMetadata().getLabels().getOrDefault("spark-role", "");
            assertThat(pod.getMetadata().getLabels())
                    .containsEntry("team", "storage")
                    .containsEntry("cost-centre", "7")
                    .containsEntry("berth.io/run", RUN);
            assertThat(pod.getMetadata().getAnnotations()).containsEntry("example.org/injected", "true");
            assertThat(pod.getSpec().getRestartPolicy()).isEqualTo("Never");
            assertThat(pod.getSpec().getHostAliases()).hasSize(1);
            assertThat(pod.getSpec().getTolerations())
                    .extracting(Toleration::getKey)
                    .contains("spot", "dedicated");
            assertThat(pod.getSpec().getVolumes()).extracting(Volume::getName).contains("cache", "spark-local-dir-1");
            assertThat(pod.getSpec().getContainers())
                    .extracting(Container::getName)
                    .contains(role, "side")
                    .startsWith(role);
            Container main = pod.getSpec().getContainers().get(0);
            assertThat(main.getImage()).isEqualTo("registry.example/berth:1");
            assertThat(main.getEnv()).extracting(EnvVar::getName).contains("EXTRA");
            assertThat(main.getVolumeMounts())
                    .extracting(VolumeMount::getMountPath)
                    .contains("/cache", "/volumes/scratch");
        }
        stop(running);
    }

    @ParameterizedTest
    @ValueSource(strings = {"absent", ""})
    void whatEventsAndClaimsTellIsInTheLivesOfPods(String storageClass) throws Exception {
        claim = Optional.of("shared");
        String volumeUid = client.resource(new PersistentVolumeBuilder()
                        .withNewMetadata()
                        .withName("pv1")
                        .endMetadata()
                        .build())
                .create()
                .getMetadata()
                .getUid();
        PersistentVolumeClaim bound = client.resource(new PersistentVolumeClaimBuilder()
                        .withNewMetadata()
                        .withName("shared")
                        .withNamespace("bench")
                        .endMetadata()
                        .withNewSpec()
                        .withVolumeName("pv1")
                        .withStorageClassName(storageClass)
                        .endSpec()
                        .withNewStatus()
                        .withPhase("Bound")
                        .endStatus()
                        .build())
                .create();
        submitter.close();
        connect();
        CompletableFuture<ApplicationEnd> running = run();
        Pod driver = ungated();
        tell(driver, "Normal", "SuccessfulAttachVolume", "attached");
        tell(driver, "Normal", "Pulled", "already present");
        tell(driver, "Warning", "FailedMount", "no such export");
        while (!notes.contains("driver waits: FailedMount: no such export")) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        submitter.interrupt();

        assertThat(running.get(30, TimeUnit.SECONDS).pods()).singleElement().satisfies(pod -> {
            assertThat(pod.boundNanos()).hasValue(0);
            assertThat(pod.attachedNanos()).isPresent();
            assertThat(pod.pulledNanos()).isPresent();
            assertThat(pod.claims())
                    .containsExactly(new ClaimFact(
                            "data",
                            "shared",
                            bound.getMetadata().getUid(),
                            Optional.of("pv1"),
                            Optional.of(volumeUid),
                            Optional.of(storageClass).filter(name -> !name.isEmpty()),
                            Optional.empty()));
        });
    }

    private void tell(Pod pod, String type, String reason, String message) {
        client.resource(new EventBuilder()
                        .withNewMetadata()
                        .withName(reason.toLowerCase(Locale.ROOT))
                        .withNamespace("bench")
                        .endMetadata()
                        .withType(type)
                        .withReason(reason)
                        .withMessage(message)
                        .withNewInvolvedObject()
                        .withKind("Pod")
                        .withUid(pod.getMetadata().getUid())
                        .withFieldPath("spec.containers{driver}")
                        .endInvolvedObject()
                        .build())
                .create();
    }

    @Test
    void laterTrialsOfAWorkloadPreferTheNodesOfItsFirst() throws Exception {
        submitter.hold("w", List.of(life("driver", "n1"), life("executor 1", "n2"), life("executor 2", "n3")));
        submitter.hold("w", List.of(life("driver", "n9")));
        CompletableFuture<ApplicationEnd> running = run();

        assertThat(preferred(ungated())).containsExactly("n1");
        assertThat(preferred(executor())).containsExactly("n2", "n3");
        assertThat(executor().getSpec().getTopologySpreadConstraints()).hasSize(1);
        stop(running);
    }

    @Test
    void executorsThatSharedANodeShareItAgain() throws Exception {
        submitter.hold("w", List.of(life("driver", "n1"), life("executor 1", "n1"), life("executor 2", "n1")));
        CompletableFuture<ApplicationEnd> running = run();

        ungated();
        assertThat(preferred(executor())).containsExactly("n1");
        assertThat(executor().getSpec().getTopologySpreadConstraints()).isEmpty();
        stop(running);
    }

    private static PodLife life(String process, String node) {
        OptionalLong never = OptionalLong.empty();
        return new PodLife(
                process, process, Optional.of(node), Optional.empty(), never, never, never, never, never, never);
    }

    private static List<String> preferred(Pod pod) {
        return pod
                .getSpec()
                .getAffinity()
                .getNodeAffinity()
                .getPreferredDuringSchedulingIgnoredDuringExecution()
                .stream()
                .map(term -> term.getPreference().getMatchFields().get(0))
                // The API server refuses more than one value.
                .map(field -> field.getValues().size() == 1
                        ? field.getValues().get(0)
                        : field.getValues().toString())
                .toList();
    }

    @Test
    void memoryIsWhatSparkAsksFor() {
        assertThat(memory("driver", Map.of())).isEqualTo(1024 + 384);
        assertThat(memory("driver", Map.of("spark.driver.memory", "8g"))).isEqualTo(8192 + 819);
        assertThat(memory("driver", Map.of("spark.driver.memoryOverhead", "100m")))
                .isEqualTo(1024 + 100);
        assertThat(memory("executor", Map.of("spark.executor.memoryOverheadFactor", "0.5")))
                .isEqualTo(1024 + 512);
        assertThat(memory("executor", Map.of("spark.kubernetes.memoryOverheadFactor", "0.5")))
                .isEqualTo(1024 + 512);
        assertThat(memory("executor", Map.of("spark.executor.minMemoryOverhead", "1g")))
                .isEqualTo(1024 + 1024);
        Map<String, String> offHeap =
                Map.of("spark.memory.offHeap.enabled", "true", "spark.memory.offHeap.size", "268435456");
        assertThat(memory("executor", offHeap)).isEqualTo(1024 + 384 + 256);
        assertThat(memory("driver", offHeap)).isEqualTo(1024 + 384);
    }

    private static long memory(String process, Map<String, String> conf) {
        return ApplicationManifests.memoryMib(conf, process);
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
    void nobodyWaitsForTheRecordsOfADriverThatRanAndWasEvicted() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        Pod driver = ungated();
        status(driver, ran().build());
        status(driver, ran().withPhase("Failed").withReason("Evicted").build());

        assertThat(running.get(30, TimeUnit.SECONDS).failure().map(Failed::reason))
                .contains("the driver's pod was ended by Kubernetes: Evicted");
        nothingIsLeft();
    }

    /** Its driver may be the first of its containers to end, and the pod says why when the last one has. */
    @Test
    void anEvictionThatIsToldLateIsTheReasonToo() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        Pod driver = ungated();
        CompletableFuture<Void> asked = new CompletableFuture<>();
        server.expect()
                .get()
                .withPath(portForward(driver))
                .andReply(500, request -> {
                    asked.complete(null);
                    return new StatusBuilder().withCode(500).build();
                })
                .always();
        status(driver, ran().build());
        status(driver, terminated(143).build());
        asked.get(30, TimeUnit.SECONDS);
        status(driver, terminated(143).withPhase("Failed").withReason("Evicted").build());

        assertThat(running.get(30, TimeUnit.SECONDS).failure().map(Failed::reason))
                .contains("the driver's pod was ended by Kubernetes: Evicted");
    }

    @Test
    void aPortThatMayNotBeForwardedIsTheReason() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        Pod driver = ungated();
        server.expect()
                .get()
                .withPath(portForward(driver))
                .andReturn(
                        403, new StatusBuilder().withCode(403).withMessage("no").build())
                .always();
        status(driver, terminated(0).withPhase("Succeeded").build());

        assertThat(running.get(30, TimeUnit.SECONDS).failure().map(Failed::reason))
                .contains(
                        "the driver's records could not be fetched: the driver's port can't be forwarded: the API server answered with status 403 (forbidden)");
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
    void whatAKilledRunnerLeftIsRemovedBeforeAnythingElse() {
        submitter.close();
        ApplicationManifests left = new ApplicationManifests(cluster, submission(), 0, Optional.empty());
        client.resource(left.driver()).create();

        connect(60);

        nothingIsLeft();
        assertThat(new ApplicationManifests(cluster, submission(), PROCESS, Optional.empty()).name())
                .as("what it owned goes later, and isn't in the way")
                .isNotEqualTo(left.name());
    }

    @Test
    void aDriverWhoseCreationWasAnsweredTooLateIsTakenOver() throws Exception {
        client.resource(new ApplicationManifests(cluster, submission(), PROCESS, Optional.empty()).driver())
                .create();
        CompletableFuture<ApplicationEnd> running = run();

        ungated();
        stop(running);
        nothingIsLeft();
    }

    @Test
    void aDriverThatIsThereAlthoughItWasRefusedIsRemoved() throws Exception {
        client.resource(new ApplicationManifests(cluster, submission(), PROCESS, Optional.empty()).driver())
                .create();
        server.expect()
                .post()
                .withPath("/api/v1/namespaces/bench/pods")
                .andReturn(
                        403, new StatusBuilder().withCode(403).withMessage("no").build())
                .once();

        ApplicationEnd end = submitter.run(submission(), goOn::get);

        assertThat(end.failure().map(Failed::reason)).contains("the driver's pod was refused: no");
        nothingIsLeft();
    }

    @Test
    void aDriverOnALostNodeIsAFailureOfTheInfrastructure() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        status(
                ungated(),
                new PodStatusBuilder()
                        .withPhase("Running")
                        .addNewCondition()
                        .withType("DisruptionTarget")
                        .withStatus("True")
                        .withReason("DeletionByTaintManager")
                        .withMessage("deleting due to NoExecute taint")
                        .endCondition()
                        .build());

        assertThat(running.get(30, TimeUnit.SECONDS).failure())
                .contains(
                        new Failed(
                                Cause.INFRASTRUCTURE,
                                "the driver's pod was told to go and its node node1 hasn't answered for 0 s: DeletionByTaintManager: deleting due to NoExecute taint"));
        nothingIsLeft();
    }

    @Test
    void executorsThatNeverStartAreTheReasonAlsoIfTheTimeLimitComesFirst() throws Exception {
        timeLimit = 1;
        CompletableFuture<ApplicationEnd> running = run();
        status(ungated(), ran().build());

        ApplicationEnd end = running.get(60, TimeUnit.SECONDS);

        assertThat(end.way()).isEqualTo(Way.ABANDONED);
        assertThat(end.failure().map(Failed::reason).orElse("")).startsWith("only 0 of 2 executors started within 1 s");
        assertThat(phases).containsExactly("driver starts", "0/2 executors");
    }

    @Test
    void whatAContainerRefersToMayComeAMomentLater() throws Exception {
        CompletableFuture<ApplicationEnd> running = run();
        Pod driver = ungated();
        status(driver, waiting("CreateContainerConfigError", "secret \"x\" not found"));
        status(driver, waiting("ErrImageNeverPull", "no such image"));

        assertThat(running.get(30, TimeUnit.SECONDS).failure().map(Failed::reason))
                .contains("driver can't start: ErrImageNeverPull: no such image");
    }

    private static PodStatus waiting(String reason, String message) {
        return scheduled()
                .addNewContainerStatus()
                .withName("driver")
                .withNewState()
                .withNewWaiting(message, reason)
                .endState()
                .endContainerStatus()
                .build();
    }

    /** What Spark is told to make executors from. */
    private Pod executor() {
        String told = client.configMaps()
                .inNamespace("bench")
                .list()
                .getItems()
                .get(0)
                .getData()
                .get("executor.yaml");
        return client.getKubernetesSerialization().unmarshal(told, Pod.class);
    }

    private Kubernetes settings(int startLimitSeconds) {
        return new Kubernetes(
                "registry.example/berth:1",
                Optional.of("Always"),
                List.of("registry"),
                Optional.empty(),
                Optional.of("spark"),
                OptionalInt.of(2),
                Optional.empty(),
                Optional.of("500m"),
                OptionalLong.empty(),
                Map.of("pool", "quiet"),
                List.of(Map.of("key", "dedicated", "operator", "Exists")),
                Optional.of("benchmarks"),
                Map.of("team", "storage"),
                OptionalInt.of(startLimitSeconds),
                template,
                template,
                Map.of("4.1", "registry.example/berth-spark-4.1:1"));
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
                timeLimit,
                List.of(),
                Map.of("spark.driver.memory", "512m"),
                OptionalDouble.empty(),
                sparkVersion);
        PodVolume scratch = new PodVolume(
                new VolumeBuilder()
                        .withName("spark-local-dir-1")
                        .withEmptyDir(new EmptyDirVolumeSource())
                        .build(),
                "/volumes/scratch");
        List<PodVolume> volumes = new ArrayList<>(List.of(scratch));
        claim.ifPresent(name -> volumes.add(new PodVolume(
                new VolumeBuilder()
                        .withName("data")
                        .withNewPersistentVolumeClaim(name, false)
                        .build(),
                "/volumes/data")));
        return new Submission(1, spec, "k8s", Map.of("AWS_SECRET_ACCESS_KEY", "hush"), volumes, temp, "image berth:1");
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
                .withName(new ApplicationManifests(cluster, submission(), PROCESS, Optional.empty()).name())
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

    private static PodStatusBuilder ran() {
        return scheduled()
                .addNewContainerStatus()
                .withName("driver")
                .withNewState()
                .withNewRunning()
                .endRunning()
                .endState()
                .endContainerStatus();
    }

    private static PodStatusBuilder terminated(int exitCode) {
        return scheduled()
                .addNewContainerStatus()
                .withName("driver")
                .withNewState()
                .withNewTerminated()
                .withExitCode(exitCode)
                .endTerminated()
                .endState()
                .endContainerStatus();
    }

    private static String portForward(Pod driver) {
        return "/api/v1/namespaces/bench/pods/%s/portforward?ports=7070"
                .formatted(driver.getMetadata().getName());
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

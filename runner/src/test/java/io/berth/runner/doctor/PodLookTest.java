package io.berth.runner.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.text.FormatVersion;
import io.berth.storage.Binding;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against an API server that keeps objects and does nothing; the tests are the kubelet. */
@EnableKubernetesMockClient(crud = true, https = false)
@Timeout(60)
class PodLookTest {
    private static final String NAME = Samples.RUN + "-lab-doctor";

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesMockServer server;

    private Optional<String> sparkVersion = Optional.empty();

    @Test
    void aPodThatWroteItsFileHasNoFindingAndIsGone() throws Exception {
        prints(facts(FormatVersion.CURRENT, "4.0.1"));

        assertThat(look(InstantSource.system(), ended(0), Map.of("AWS_SECRET_ACCESS_KEY", "hush")))
                .isEmpty();
        assertThat(client.pods().inNamespace("bench").list().getItems()).isEmpty();
        // For the doctor to remove with everything else of its label.
        assertThat(client.secrets().inNamespace("bench").list().getItems())
                .singleElement()
                .satisfies(secret ->
                        assertThat(secret.getMetadata().getLabels()).containsEntry("berth.io/run", Samples.RUN));
    }

    @Test
    void whatThePodFoundIsAFindingByItsTrouble() throws Exception {
        prints(
                "Picked up JDK_JAVA_OPTIONS\n{\"clockMillis\": %d, \"user\": \"user 185\", \"format\": \"%s\", \"freeBytes\": 1048576, \"problems\": [{\"trouble\": \"WRITE\", \"found\": \"no\\nway\"}, {\"trouble\": \"TLS\", \"found\": \"who?\"}]}"
                        .formatted(System.currentTimeMillis(), FormatVersion.CURRENT));

        assertThat(look(InstantSource.system(), ended(0), Map.of()))
                .extracting(finding -> finding.code() + ": " + finding.found())
                .containsExactly(
                        "write-refused: no way",
                        "tls-untrusted: who?",
                        "space-short: its data volume has 1 MiB left, and data sets take 512 MiB and more");
    }

    @Test
    void aClockOfAnotherTimeIsSaid() throws Exception {
        prints(facts(FormatVersion.CURRENT, "4.0.1"));
        InstantSource late = InstantSource.offset(InstantSource.system(), Duration.ofMinutes(2));

        assertThat(look(late, ended(0), Map.of())).isNotEmpty().allSatisfy(finding -> {
            assertThat(finding.code()).isEqualTo("clock-skew");
            assertThat(finding.found()).containsPattern("(119|120) s behind this machine's");
        });
    }

    @Test
    void anImageThatIsNotThereAndOneThatIsNotBerthsAreToldApart() throws Exception {
        PodStatus missing = new PodStatusBuilder()
                .withPhase("Pending")
                .addNewContainerStatus()
                .withName("doctor")
                .withNewState()
                .withNewWaiting("no such image", "ErrImageNeverPull")
                .endState()
                .endContainerStatus()
                .build();
        assertThat(look(InstantSource.system(), missing, Map.of()))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.code()).isEqualTo("image-unavailable");
                    assertThat(finding.found()).contains("berth:1", "no such image");
                });
        prints("entrypoint: \"main\" is not known\n");
        assertThat(look(InstantSource.system(), ended(2), Map.of()))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.code()).isEqualTo("image-unfit");
                    assertThat(finding.found()).contains("exit code 2", "\"main\" is not known");
                });
    }

    @Test
    void anImageOfAnotherBerthOrAnotherSparkIsNamed() throws Exception {
        prints(facts(new FormatVersion(1, 99), "4.1.1"));
        assertThat(look(InstantSource.system(), ended(0), Map.of()))
                .extracting(finding -> finding.code() + ": " + finding.found())
                .containsExactly(
                        "image-unfit: image berth:1 is of another berth: it speaks format 1.99, and this one %s alone"
                                .formatted(FormatVersion.CURRENT));

        sparkVersion = Optional.of("4.1");
        prints(facts(FormatVersion.CURRENT, "4.0.1"));
        assertThat(look(InstantSource.system(), ended(0), Map.of()))
                .extracting(finding -> finding.code() + ": " + finding.found())
                .containsExactly("image-unfit: image berth:1 is named for Spark 4.1, and has 4.0.1");
    }

    @Test
    void whyAPodWasRefusedDecidesTheCode() {
        assertThat(refused(
                        "pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\": restricted volume types"))
                .isEqualTo("pod-security");
        assertThat(refused("pods \"x\" is forbidden: exceeded quota: none")).isEqualTo("quota-too-small");
        assertThat(refused("pods \"x\" is forbidden: no PriorityClass with name y was found"))
                .isEqualTo("pod-refused");
    }

    private String refused(String message) {
        server.expect()
                .post()
                .withPath("/api/v1/namespaces/bench/pods")
                .andReturn(
                        403,
                        new StatusBuilder().withCode(403).withMessage(message).build())
                .once();
        List<Finding> findings = lookOf(InstantSource.system()).look(binding(Map.of()));
        assertThat(findings).singleElement().satisfies(finding -> assertThat(finding.found())
                .isEqualTo(message));
        return findings.get(0).code();
    }

    private List<Finding> look(InstantSource clock, PodStatus status, Map<String, String> environment)
            throws Exception {
        CompletableFuture<List<Finding>> findings =
                CompletableFuture.supplyAsync(() -> lookOf(clock).look(binding(environment)));
        PodResource pod = client.pods().inNamespace("bench").withName(name());
        pod.waitUntilCondition(Objects::nonNull, 30, TimeUnit.SECONDS);
        pod.editStatus((Pod it) -> new PodBuilder(it).withStatus(status).build());
        return findings.get(30, TimeUnit.SECONDS);
    }

    private PodLook lookOf(InstantSource clock) {
        return new PodLook(
                Samples.cluster(client), "lab", sparkVersion, Duration.ofSeconds(20), clock, new CompletableFuture<>());
    }

    private static Binding binding(Map<String, String> environment) {
        return new Binding(Map.of(), "file:///volumes/data/berth", Optional.empty(), Map.of(), environment);
    }

    private static PodStatus ended(int exitCode) {
        return new PodStatusBuilder()
                .withPhase(exitCode == 0 ? "Succeeded" : "Failed")
                .addNewContainerStatus()
                .withName("doctor")
                .withNewState()
                .withNewTerminated()
                .withExitCode(exitCode)
                .withFinishedAt(Instant.now().toString())
                .endTerminated()
                .endState()
                .endContainerStatus()
                .build();
    }

    private String name() {
        return NAME + sparkVersion.map(it -> "-4-1").orElse("");
    }

    private static String facts(FormatVersion format, String sparkVersion) {
        return "{\"clockMillis\": %d, \"user\": \"user 185\", \"problems\": [], \"format\": \"%s\", \"sparkVersion\": \"%s\"}"
                .formatted(System.currentTimeMillis(), format, sparkVersion);
    }

    private void prints(String log) {
        server.expect()
                .get()
                .withPath("/api/v1/namespaces/bench/pods/" + name() + "/log?pretty=false")
                .andReturn(200, log)
                .always();
    }
}

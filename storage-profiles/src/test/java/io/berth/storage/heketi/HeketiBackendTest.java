package io.berth.storage.heketi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.berth.model.check.Trouble;
import io.berth.model.suite.AccessType;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.MockCluster;
import io.berth.storage.ProfileProblem;
import io.berth.storage.RunScope;
import io.berth.storage.SelfSigned;
import io.berth.storage.Storage;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@EnableKubernetesMockClient(https = false, crud = true)
@Timeout(60)
class HeketiBackendTest {
    private static final String KEY = "a-key-that-nobody-must-read";

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // before each test
    private FakeHeketi heketi;

    @BeforeEach
    void start() throws IOException {
        heketi = new FakeHeketi(KEY, 10);
    }

    @AfterEach
    void stop() {
        heketi.close();
    }

    @Test
    void aVolumeIsMadeForTheRunMountedByItsNameAndRemovedAfterIt() {
        Storage storage = open(Map.of(
                "durability",
                Map.of("type", "replicate", "replicate", Map.of("replica", 2)),
                "clusters",
                List.of("c")));

        assertThat(heketi.creations)
                .singleElement()
                .satisfies(
                        request -> assertThat(request.toString())
                                .isEqualTo(
                                        "{\"clusters\":[\"c\"],\"durability\":{\"replicate\":{\"replica\":2},\"type\":\"replicate\"},\"gid\":185,\"name\":\"berth-a-lab\",\"size\":2}"));
        assertThat(client.persistentVolumes().list().getItems()).singleElement().satisfies(volume -> {
            assertThat(volume.getSpec().getFlexVolume().getOptions())
                    .containsEntry("endpoints", "gluster-1,gluster-2")
                    .containsEntry("path", "berth-a-lab");
            assertThat(volume.getSpec().getCapacity().get("storage")).hasToString("2Gi");
        });
        storage.close();
        assertThat(heketi.volumes).isEmpty();
        assertThat(client.persistentVolumes().list().getItems()).isEmpty();
        assertThat(client.pods().list().getItems()).isEmpty();
    }

    @Test
    void aRunGoesOnWithItsVolumeAndNobodyElses() {
        heketi.add("berth-another-lab", 2);
        heketi.add("berth-a-lab-2", 2);
        open(Map.of());
        open(Map.of()).close();

        assertThat(heketi.creations).hasSize(1);
        assertThat(names()).containsExactly("berth-another-lab", "berth-a-lab-2");
    }

    @Test
    void whatAKilledRunLeftIsSweptAndNothingIsMadeForThat() {
        heketi.add("berth-another-lab", 2);
        open(Map.of());

        backend(KEY, InstantSource.system()).sweep(profile(Map.of()), scope());
        backend(KEY, InstantSource.system()).sweep(profile(Map.of()), scope());

        assertThat(names()).containsExactly("berth-another-lab");
        assertThat(heketi.creations).hasSize(1);
    }

    @Test
    void whatNoPodCouldMountGoesToo() {
        open(Map.of()).abandon();

        assertThat(heketi.volumes).isEmpty();
    }

    @Test
    void aVolumeThatIsThereGrowsToTheSizeThatIsAskedForAndNeverShrinks() {
        String id = heketi.add("shelf", 1);

        open(Map.of("volume", "shelf"));
        assertThat(heketi.volumes.get(id)).isEqualTo(new FakeHeketi.Volume("shelf", 2));
        open(Map.of("volume", "shelf", "sizeGiB", 1));
        assertThat(heketi.volumes.get(id)).isEqualTo(new FakeHeketi.Volume("shelf", 2));
        assertThat(heketi.creations).isEmpty();
        assertThatThrownBy(() -> open(Map.of("volume", "absent")))
                .hasMessageContaining("has no volume absent; heketi-cli volume list tells what there is");
    }

    @Test
    void whatIsBusyOrLostForAMomentIsAskedAgain() {
        heketi.busyAnswers = 2;
        heketi.hangUps = 2;

        open(Map.of());

        assertThat(names()).containsExactly("berth-a-lab");
    }

    @Test
    void aVolumeThatIsTooLargeSaysSoAndLeavesNothing() {
        assertThatThrownBy(() -> open(Map.of("sizeGiB", 11)))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessage(
                        "profile \"lab\": Heketi at %s did not make volume berth-a-lab of 11 GiB: HTTP status 500: Failed to allocate new volume: No space; ask for less, or for a durability that takes fewer nodes, or give Heketi more devices",
                        heketi.endpoint());
        assertThat(client.persistentVolumes().list().getItems()).isEmpty();
    }

    @Test
    void whatIsQueuedAndFailsSaysWhy() {
        heketi.failure = Optional.of("Unable to execute command on gluster-1:\nvolume start: failed");

        assertThatThrownBy(() -> open(Map.of()))
                .hasMessageContaining(
                        "did not make volume berth-a-lab of 2 GiB: HTTP status 500: Unable to execute command on gluster-1: volume start: failed");
    }

    @Test
    void aVolumeThatCannotBeRemovedIsNamed() {
        Storage storage = open(Map.of());
        heketi.failure = Optional.of("volume stop: failed");

        assertThatThrownBy(storage::close)
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("did not remove volume berth-a-lab: HTTP status 500: volume stop: failed");
        assertThat(client.persistentVolumes().list().getItems()).isEmpty();
    }

    @Test
    void aQueueThatNeverEndsHasALimit() {
        heketi.pendingAnswers = Integer.MAX_VALUE;
        HeketiBackend hasty =
                new HeketiBackend(Map.of("HEKETI_KEY", KEY), InstantSource.system(), Duration.ofMillis(500));

        assertThatThrownBy(() -> hasty.open(profile(Map.of()), scope()))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining(
                        "did not make volume berth-a-lab of 2 GiB: after 0 s it is still at it; see Heketi's log");
    }

    @Test
    void aQueueThatForgetsSaysSo() {
        heketi.forgets = true;

        assertThatThrownBy(() -> open(Map.of())).hasMessageContaining("it has forgotten the request (/queue/");
    }

    @Test
    void aKeyThatIsRefusedIsNotShown() {
        StorageUnavailable refused =
                catchThrowableOfType(StorageUnavailable.class, () -> backend("wrong-and-secret", InstantSource.system())
                        .open(profile(Map.of()), scope()));

        assertThat(refused.trouble()).isEqualTo(Trouble.CREDENTIALS_REFUSED);
        assertThat(refused)
                .hasMessageContaining(
                        "HTTP status 401: Invalid JWT token: signature is invalid (client and server secrets may not match); it doesn't take the key in environment variable HEKETI_KEY for that of user \"admin\"")
                .hasMessageNotContaining("wrong-and-secret");
    }

    @Test
    void clocksThatAreTooFarApartAreToldFromAWrongKey() {
        for (int minutes : List.of(-10, 10)) {
            InstantSource wrong = () -> Instant.now().plus(Duration.ofMinutes(minutes));
            StorageUnavailable refused = catchThrowableOfType(
                    StorageUnavailable.class, () -> backend(KEY, wrong).open(profile(Map.of()), scope()));

            assertThat(refused.trouble()).isEqualTo(Trouble.CLOCK);
            assertThat(refused.getMessage())
                    .matches(".*its clock is (599|600|601) s %s this machine's, synchronise them \\(NTP\\)"
                            .formatted(minutes > 0 ? "behind" : "ahead of"));
        }
    }

    @Test
    void anEndpointWhereNothingAnswersIsNamed() {
        heketi.close();
        StorageUnavailable refused = catchThrowableOfType(StorageUnavailable.class, () -> open(Map.of()));

        assertThat(refused.trouble()).isEqualTo(Trouble.ENDPOINT);
        assertThat(refused)
                .hasMessageContaining("nothing answers at %s, where Heketi should list volumes (", heketi.endpoint());
    }

    @Test
    void aServerOfAnotherKindIsNoHeketi() {
        heketi.isAnother = true;

        assertThatThrownBy(() -> open(Map.of())).hasMessageContaining("its answer is no JSON: <html>It works</html>");
    }

    @Test
    void theKeyMayBeInASecretOrAFile(@TempDir Path temp) throws IOException {
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("heketi")
                        .withNamespace("bench")
                        .endMetadata()
                        .addToData("key", Base64.getEncoder().encodeToString(KEY.getBytes(StandardCharsets.UTF_8)))
                        .build())
                .create();
        Path file = Files.writeString(temp.resolve("key"), KEY + "\n");

        open(Map.of("credentials", "secret", "secret", "heketi", "keyVariable", "key"));
        open(Map.of("credentials", "file", "keyFile", file.toString()));
        for (Map<String, Object> absent : List.<Map<String, Object>>of(
                Map.of("credentials", "secret", "secret", "absent"),
                Map.of("credentials", "file", "keyFile", temp.resolve("absent").toString()),
                Map.of("credentials", "environment", "keyVariable", "ABSENT"))) {
            assertThat(catchThrowableOfType(StorageUnavailable.class, () -> open(absent)))
                    .hasMessageContaining("its key should be in ")
                    .extracting(StorageUnavailable::trouble)
                    .isEqualTo(Trouble.CREDENTIALS_MISSING);
        }
        assertThatThrownBy(() -> open(Map.of("credentials", "secret"))).hasMessageContaining("secret: is missing");
        assertThatThrownBy(() -> open(Map.of("credentials", "hearsay")))
                .hasMessageContaining("(allowed: environment, file, secret)");
    }

    @Test
    void aHeketiOfAnAuthorityOfTheProfileIsTrusted(@TempDir Path temp) throws Exception {
        SelfSigned certificate = SelfSigned.in(temp);
        heketi.close();
        heketi = FakeHeketi.secure(KEY, 10, certificate.context());

        assertThatThrownBy(() -> open(Map.of()))
                .hasMessageContaining("where Heketi should list volumes (SunCertPathBuilderException")
                .hasMessageEndingWith("name that as caFile");
        open(Map.of("caFile", certificate.pem().toString())).close();
        assertThat(heketi.creations).hasSize(1);
        assertThat(heketi.volumes).isEmpty();
    }

    @Test
    void aVolumeThatKubernetesDoesNotTakeIsRemovedAgain() {
        client.resource(new PersistentVolumeClaimBuilder()
                        .withNewMetadata()
                        .withName("a-lab-data")
                        .withNamespace("bench")
                        .endMetadata()
                        .build())
                .create();

        assertThatThrownBy(() -> open(Map.of()))
                .hasMessageContaining("its PersistentVolumeClaim a-lab-data can't be made");
        assertThat(heketi.volumes).isEmpty();
    }

    @Test
    void aProfileThatMakesNoSenseIsRefused() {
        HeketiBackend backend = backend(KEY, InstantSource.system());

        assertThat(backend.problem(profile(Map.of()))).isEmpty();
        assertThat(backend.problem(profile(Map.of("sizeGiB", 0))))
                .contains(new ProfileProblem("/settings/sizeGiB", "sizeGiB is 0 (allowed: 1 and more)"));
        assertThat(backend.problem(profile(Map.of("dataVolume", Map.of("nfs", Map.of("server", "filer"))))))
                .map(ProfileProblem::message)
                .hasValueSatisfying(message -> assertThat(message).contains("dataVolume has no ${volume}"));
        assertThatThrownBy(() -> backend.open(profile(Map.of()), new RunScope("a", Path.of("logs"))))
                .hasMessageContaining("only pods mount Heketi's volumes");
        assertThatThrownBy(() -> backend.sweep(profile(Map.of()), new RunScope("a", Path.of("logs"))))
                .hasMessageContaining("only pods mount Heketi's volumes");
    }

    /** The second test case of RFC 4231. */
    @Test
    void theFakeSignsAsTheRfcDoes() {
        assertThat(HexFormat.of()
                        .formatHex(FakeHeketi.hmac(
                                "Jefe".getBytes(StandardCharsets.UTF_8),
                                "what do ya want for nothing?".getBytes(StandardCharsets.UTF_8))))
                .isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    private List<String> names() {
        return heketi.volumes.values().stream().map(FakeHeketi.Volume::name).toList();
    }

    private Storage open(Map<String, Object> settings) {
        return backend(KEY, InstantSource.system()).open(profile(settings), scope());
    }

    private static HeketiBackend backend(String key, InstantSource clock) {
        return new HeketiBackend(Map.of("HEKETI_KEY", key), clock, Duration.ofSeconds(30));
    }

    private StorageProfile profile(Map<String, Object> others) {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "endpoint",
                heketi.endpoint(),
                "credentials",
                "environment",
                "sizeGiB",
                2,
                "dataVolume",
                Map.of(
                        "flexVolume",
                        Map.of(
                                "driver",
                                "berth/glusterfs",
                                "options",
                                Map.of("endpoints", "${hosts}", "path", "${volume}")))));
        settings.putAll(others);
        return new StorageProfile("lab", "heketi", "a volume", AccessType.DISTRIBUTED, settings);
    }

    private RunScope scope() {
        return new RunScope("a", Path.of("logs"), Optional.of(MockCluster.of(client, "bench")));
    }
}

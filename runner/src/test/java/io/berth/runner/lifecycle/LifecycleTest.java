package io.berth.runner.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.suite.AccessType;
import io.berth.model.suite.Kubernetes;
import io.berth.model.suite.StorageProfile;
import io.berth.model.volumes.VolumeLife;
import io.berth.model.volumes.VolumeMoment;
import io.berth.model.volumes.VolumeStep;
import io.berth.model.volumes.VolumeWave;
import io.berth.runner.submit.kubernetes.Leftovers;
import io.berth.storage.Cluster;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.storage.CSIDriverBuilder;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against an API server that keeps objects, and the simplest controllers. */
@EnableKubernetesMockClient(crud = true, https = false)
@Timeout(60)
class LifecycleTest {
    private static final String DRIVER = "csi.example";

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesMockServer server;

    private @Nullable Controllers controllers;

    @AfterEach
    void stop() {
        if (controllers != null) {
            controllers.close();
        }
    }

    private void work(boolean waits, String... broken) {
        controllers = new Controllers(client, waits, Set.of(broken));
    }

    private Lifecycle lifecycle(int limitSeconds) {
        return new Lifecycle(cluster(limitSeconds), InstantSource.system());
    }

    private Cluster cluster(int limitSeconds) {
        Kubernetes kubernetes = new Kubernetes(
                "berth:1",
                Optional.empty(),
                List.of(),
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
                OptionalInt.of(limitSeconds));
        return new Cluster(client, "bench", kubernetes, "volumes-00c0ffee", false);
    }

    private static StorageProfile profile(Map<String, Object> claim) {
        return new StorageProfile("disks", "volume", "disks", AccessType.LOCAL, Map.of("dataClaim", claim));
    }

    private static StorageProfile disks() {
        return profile(Map.of(
                "storageClassName",
                "disks",
                "accessModes",
                List.of("ReadWriteOnce"),
                "resources",
                Map.of("requests", Map.of("storage", "1Gi"))));
    }

    private void storageClass(boolean waits, boolean expands, String reclaim) {
        client.resource(new StorageClassBuilder()
                        .withNewMetadata()
                        .withName("disks")
                        .endMetadata()
                        .withProvisioner(DRIVER)
                        .withAllowVolumeExpansion(expands)
                        .withReclaimPolicy(reclaim)
                        .withVolumeBindingMode(waits ? "WaitForFirstConsumer" : "Immediate")
                        .build())
                .create();
    }

    private void driver(boolean attaches) {
        client.resource(new CSIDriverBuilder()
                        .withNewMetadata()
                        .withName(DRIVER)
                        .endMetadata()
                        .withNewSpec()
                        .withAttachRequired(attaches)
                        .endSpec()
                        .build())
                .create();
    }

    private void snapshots(String... classesWithDeletionPolicy) {
        for (String policy : classesWithDeletionPolicy) {
            GenericKubernetesResource made = new GenericKubernetesResource();
            made.setApiVersion("snapshot.storage.k8s.io/v1");
            made.setKind("VolumeSnapshotClass");
            made.setMetadata(new ObjectMetaBuilder()
                    .withName("class-" + policy.toLowerCase(Locale.ROOT))
                    .build());
            made.setAdditionalProperty("driver", DRIVER);
            made.setAdditionalProperty("deletionPolicy", policy);
            client.genericKubernetesResources(ClassAbilities.SNAPSHOT_CLASSES)
                    .resource(made)
                    .create();
        }
    }

    private void noSnapshots() {
        server.expect()
                .get()
                .withPath("/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses")
                .andReturn(404, new StatusBuilder().withCode(404).build())
                .always();
    }

    private List<String> left() {
        return new Leftovers(cluster(1)).names();
    }

    @Test
    void aClassThatCanDoAllHasATimeForEachStepAndLeavesNothing() {
        storageClass(false, true, "Delete");
        driver(true);
        snapshots("Retain", "Delete");
        work(false);

        VolumeWave wave = lifecycle(30).measure(disks(), 3);

        assertThat(wave.unsupported()).isEmpty();
        assertThat(wave.unmeasured()).isEmpty();
        for (VolumeStep step : VolumeStep.values()) {
            assertThat(wave.nanos(step)).as(step.label()).hasSize(3).allMatch(it -> it > 0);
        }
        for (VolumeLife life : wave.lives()) {
            assertThat(life.momentNanos()).containsOnlyKeys(VolumeMoment.values());
            assertThat(life.restored()).hasValue("pv-" + life.claim() + "-restored");
        }
        // Every step begins when the one before it has ended for all.
        long lastExpanded = last(wave, VolumeMoment.EXPANDED);
        assertThat(wave.lives()).allMatch(life -> moment(life, VolumeMoment.SNAPSHOT_ASKED) >= lastExpanded);
        assertThat(left()).isEmpty();
    }

    private static long moment(VolumeLife life, VolumeMoment moment) {
        return life.momentNanos().getOrDefault(moment, Long.MIN_VALUE);
    }

    private static long last(VolumeWave wave, VolumeMoment moment) {
        return wave.lives().stream()
                .mapToLong(life -> moment(life, moment))
                .max()
                .orElseThrow();
    }

    @Test
    void aClassThatWaitsForAPodGetsOneForEachClaimAlsoTheRestored() {
        storageClass(true, true, "Delete");
        driver(true);
        snapshots("Delete");
        work(true);

        VolumeWave wave = lifecycle(30).measure(disks(), 2);

        assertThat(wave.unmeasured()).isEmpty();
        assertThat(wave.lives())
                .allMatch(life -> moment(life, VolumeMoment.BOUND) > moment(life, VolumeMoment.POD_MADE));
        assertThat(left()).isEmpty();
    }

    @Test
    void whatAClassCantDoIsNotTried() {
        storageClass(false, false, "Delete");
        driver(false);
        snapshots("Retain");
        work(false);

        VolumeWave wave = lifecycle(30).measure(disks(), 1);

        assertThat(wave.unsupported())
                .containsOnlyKeys(
                        VolumeStep.ATTACH,
                        VolumeStep.EXPAND,
                        VolumeStep.SNAPSHOT,
                        VolumeStep.RESTORE,
                        VolumeStep.DETACH)
                .containsEntry(VolumeStep.SNAPSHOT, "no VolumeSnapshotClass of csi.example with deletionPolicy Delete");
        assertThat(wave.unmeasured()).isEmpty();
        assertThat(wave.lives().get(0).momentNanos())
                .doesNotContainKeys(VolumeMoment.EXPANSION_ASKED, VolumeMoment.SNAPSHOT_ASKED);
    }

    @Test
    void aClusterWithoutSnapshotsIsMeasuredWithoutThem() {
        storageClass(false, false, "Delete");
        driver(true);
        noSnapshots();
        work(false);

        VolumeWave wave = lifecycle(30).measure(disks(), 1);

        assertThat(wave.unsupported()).containsEntry(VolumeStep.RESTORE, "the cluster has no snapshots");
        assertThat(wave.unmeasured()).isEmpty();
        assertThat(left()).isEmpty();
    }

    @Test
    void aStepThatIsNotGrantedIsNotMeasuredAndTheOthersAre() {
        storageClass(false, true, "Delete");
        driver(true);
        snapshots("Delete");
        work(false, "expand");

        VolumeWave wave = lifecycle(2).measure(disks(), 2);

        assertThat(wave.unmeasured()).containsOnlyKeys(VolumeStep.EXPAND);
        assertThat(wave.unmeasured().get(VolumeStep.EXPAND)).isEqualTo("2 of 2 not within 2 s");
        assertThat(wave.nanos(VolumeStep.DELETE)).hasSize(2);
    }

    @Test
    void aClaimThatNobodyServesEndsTheLifeAndIsRemoved() {
        storageClass(false, true, "Delete");
        driver(true);
        snapshots("Delete");
        work(false, "bind");
        Lifecycle lifecycle = lifecycle(1);

        VolumeWave wave = lifecycle.measure(disks(), 2);

        assertThat(wave.unmeasured()).containsOnlyKeys(VolumeStep.values());
        assertThat(wave.unmeasured().get(VolumeStep.BIND)).isEqualTo("2 of 2 not within 1 s");
        assertThat(wave.unmeasured().get(VolumeStep.MOUNT)).isEqualTo("not all pods came up");
        assertThat(left()).hasSize(2);
        lifecycle.remove();
        assertThat(left()).isEmpty();
    }

    @Test
    void whatMayNotBeWatchedIsNotMeasured() {
        storageClass(false, true, "Delete");
        driver(true);
        noSnapshots();
        for (String path : List.of("/api/v1/persistentvolumes", "/apis/storage.k8s.io/v1/volumeattachments")) {
            server.expect()
                    .get()
                    .withPath(path + "?resourceVersion=0")
                    .andReturn(403, new StatusBuilder().withCode(403).build())
                    .always();
        }
        work(false);

        VolumeWave wave = lifecycle(30).measure(disks(), 1);

        assertThat(wave.unmeasured())
                .containsOnlyKeys(VolumeStep.ATTACH, VolumeStep.DETACH, VolumeStep.DELETE)
                .containsEntry(VolumeStep.DELETE, "persistentvolumes may not be watched; see deploy/lifecycle.yaml");
        assertThat(wave.nanos(VolumeStep.UNMOUNT)).hasSize(1);
    }

    @Test
    void interruptedItStopsAtOnceAndKeepsWhatItHas() {
        storageClass(false, true, "Delete");
        driver(true);
        noSnapshots();
        work(false, "bind");
        Lifecycle lifecycle = lifecycle(50);

        CompletableFuture<VolumeWave> wave = CompletableFuture.supplyAsync(() -> lifecycle.measure(disks(), 1));
        client.persistentVolumeClaims()
                .inNamespace("bench")
                .withName("volumes-00c0ffee-disks-1-1")
                .waitUntilCondition(Objects::nonNull, 20, TimeUnit.SECONDS);
        lifecycle.interrupt();

        assertThat(wave.join().unmeasured()).containsEntry(VolumeStep.BIND, "interrupted");
        lifecycle.remove();
        assertThat(left()).isEmpty();
    }

    @Test
    void aClassWhoseVolumesWouldStayIsRefused() {
        storageClass(false, true, "Retain");

        assertThatThrownBy(() -> lifecycle(1).check(disks()))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("reclaimPolicy Retain")
                .hasMessageContaining("allowed: Delete");
    }

    @Test
    void aClassThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> lifecycle(1).check(disks()))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessage("profile \"disks\": there is no StorageClass disks");
    }

    @Test
    void onlyClaimsOfAClassHaveALife() {
        Lifecycle lifecycle = lifecycle(1);

        assertThat(lifecycle.hasClass(disks())).isTrue();
        assertThat(lifecycle.hasClass(profile(Map.of("storageClassName", "")))).isFalse();
        assertThat(lifecycle.hasClass(new StorageProfile("disk", "local", "a disk", AccessType.LOCAL, Map.of())))
                .isFalse();
    }
}

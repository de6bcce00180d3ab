package io.berth.storage.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.berth.model.plan.Trial;
import io.berth.model.results.MountFact;
import io.berth.model.suite.AccessType;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.Binding;
import io.berth.storage.MockCluster;
import io.berth.storage.PodVolume;
import io.berth.storage.ProfileProblem;
import io.berth.storage.RunScope;
import io.berth.storage.Storage;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@EnableKubernetesMockClient(crud = true, https = false)
@Timeout(60)
class VolumeBackendTest {
    private static final Trial TRIAL = new Trial("block1-sql-lab", Trial.Kind.MEASURE, 1, 0, "sql", "lab");
    private static final long ORIGIN = System.nanoTime();
    private static final Map<String, Object> NFS = Map.of("nfs", Map.of("server", "filer", "path", "/export"));
    private static final Map<String, Object> CLAIM = Map.of(
            "storageClassName", "fast",
            "accessModes", List.of("ReadWriteMany"),
            "resources", Map.of("requests", Map.of("storage", "1Gi")));

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesMockServer server;

    @Test
    void pathsInPodsHoldTheRolesAndMustBeMounted() {
        Binding binding = open(Map.of("data", NFS)).bind(TRIAL, Set.of(Role.DATA, Role.SCRATCH, Role.CHECKPOINT));

        assertThat(binding.uris())
                .containsEntry(Role.DATA, "file:///volumes/data/berth/data")
                .containsEntry(Role.SCRATCH, "file:///volumes/scratch")
                .containsEntry(Role.CHECKPOINT, "file:///volumes/data/berth/runs/a/block1-sql-lab/checkpoint");
        assertThat(binding.outputUri()).isEqualTo("file:///volumes/data/berth/runs/a/block1-sql-lab/output");
        assertThat(binding.expectedMounts()).hasSize(2);
        assertThat(binding.expectedMounts().get(0).source()).contains("filer:/export");
        assertThat(binding.expectedMounts().get(0).point()).contains("/volumes/data");
        assertThat(binding.expectedMounts().get(1).point()).contains("/volumes/scratch");
        assertThat(binding.volumes())
                .extracting(PodVolume::mountPath, volume -> volume.volume().getName())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("/volumes/data", "data"),
                        org.assertj.core.groups.Tuple.tuple("/volumes/scratch", "spark-local-dir-1"));
    }

    @Test
    void anExportOfSeveralAddressesIsMountedByEachAndUsedByTurns() {
        Storage storage = open(Map.of(
                "dataVolume", Map.of("nfs", Map.of("path", "/export")), "addresses", List.of("filer-1", "filer-2")));

        Binding binding = storage.bind(TRIAL, Set.of(Role.DATA));

        assertThat(binding.uris()).containsEntry(Role.DATA, "file:///volumes/spread/data/berth/data");
        assertThat(binding.expectedMounts())
                .extracting(mount -> mount.point().orElseThrow(), mount -> mount.source()
                        .orElseThrow())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("/volumes/data-0", "filer-1:/export"),
                        org.assertj.core.groups.Tuple.tuple("/volumes/data-1", "filer-2:/export"));
        assertThat(binding.volumes())
                .extracting(PodVolume::mountPath)
                .containsExactly("/volumes/data-0", "/volumes/data-1", "/volumes/spread");
        assertThat(binding.environment())
                .containsOnly(entry("BERTH_SPREAD", "/volumes/spread/data /volumes/data-0 /volumes/data-1"));
        assertThat(client.persistentVolumes().list().getItems())
                .extracting(volume -> volume.getSpec().getNfs().getServer())
                .containsExactlyInAnyOrder("filer-1", "filer-2");
    }

    @Test
    void executorsThatAreNotSpreadOverTheAddressesAreMisplaced() {
        Storage storage = open(
                Map.of("data", Map.of("nfs", Map.of("path", "/export")), "addresses", List.of("filer-1", "filer-2")));

        assertThat(storage.misplaced(
                        List.of(on("driver", "filer-1"), on("executor 1", "filer-1"), on("executor 2", "filer-2"))))
                .isEmpty();
        assertThat(storage.misplaced(List.of(on("driver", "filer-1"), on("executor 1", "filer-2"))))
                .isEmpty();
        assertThat(storage.misplaced(
                        List.of(on("driver", "filer-2"), on("executor 1", "filer-1"), on("executor 3", "filer-1"))))
                .contains(
                        "executors should be spread over the 2 addresses of profile \"lab\", but are at {filer-1:/export=[executor 1, executor 3]}");
    }

    private static MountFact on(String process, String server) {
        return new MountFact(
                process, "data", "/volumes/spread/data", "/volumes/data-0", "nfs4", server + ":/export", List.of());
    }

    @Test
    void addressesThatAreNotThoseOfOneExportAreRefused() {
        Map<String, Object> export = Map.of("nfs", Map.of("path", "/export"));

        assertThat(problem(Map.of("data", export, "addresses", List.of("one"))))
                .contains("addresses are [one] (allowed: two or more different servers");
        assertThat(problem(Map.of("data", export, "addresses", List.of("one", "one"))))
                .contains("two or more different servers");
        assertThat(problem(Map.of("data", NFS, "addresses", List.of("one", "two"))))
                .contains("no server: itself");
        assertThat(problem(Map.of("dataClaim", CLAIM, "addresses", List.of("one", "two"))))
                .contains("no server: itself");
    }

    @Test
    void theClaimOfADeployedServerIsNotTakenForThatOfTheData() {
        PersistentVolumeClaim ofTheServer = new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName("a-lab")
                .withNamespace("bench")
                .endMetadata()
                .build();
        client.resource(ofTheServer).create();

        Binding binding = open(Map.of("dataVolume", NFS)).bind(TRIAL, Set.of(Role.DATA));

        assertThat(binding.volumes()).singleElement().satisfies(volume -> assertThat(
                        volume.volume().getPersistentVolumeClaim().getClaimName())
                .isNotEqualTo("a-lab"));
    }

    @Test
    void checkpointsMayHaveAClaimOfTheirOwn() {
        Storage storage = open(Map.of("data", NFS, "checkpointClaim", CLAIM));
        Binding binding = storage.bind(TRIAL, Set.of(Role.DATA, Role.CHECKPOINT));

        assertThat(binding.uris())
                .containsEntry(Role.DATA, "file:///volumes/data/berth/data")
                .containsEntry(Role.CHECKPOINT, "file:///volumes/checkpoint/berth/runs/a/block1-sql-lab/checkpoint");
        assertThat(binding.expectedMounts())
                .extracting(mount -> mount.point().orElseThrow())
                .containsExactly("/volumes/data", "/volumes/checkpoint");
        assertThat(client.persistentVolumeClaims().inNamespace("bench").list().getItems())
                .singleElement()
                .satisfies(claim -> {
                    assertThat(claim.getMetadata().getLabels()).containsEntry("berth.io/run", "a");
                    assertThat(binding.volumes()
                                    .get(1)
                                    .volume()
                                    .getPersistentVolumeClaim()
                                    .getClaimName())
                            .isEqualTo(claim.getMetadata().getName());
                });
    }

    @Test
    void aClaimIsMadeForTheRunKeptOverAResumeAndRemovedAfterIt() {
        open(Map.of("dataClaim", CLAIM));
        Storage storage = open(Map.of("dataClaim", CLAIM));

        assertThat(client.persistentVolumeClaims().inNamespace("bench").list().getItems())
                .singleElement()
                .satisfies(claim -> {
                    assertThat(claim.getMetadata().getLabels()).containsEntry("berth.io/run", "a");
                    assertThat(claim.getSpec().getStorageClassName()).isEqualTo("fast");
                    assertThat(storage.bind(TRIAL, Set.of(Role.DATA)).volumes())
                            .singleElement()
                            .satisfies(volume -> assertThat(volume.volume()
                                            .getPersistentVolumeClaim()
                                            .getClaimName())
                                    .isEqualTo(claim.getMetadata().getName()));
                });
        storage.close();
        assertThat(client.persistentVolumeClaims().inNamespace("bench").list().getItems())
                .isEmpty();
    }

    @Test
    void aClassIsMadeForTheClaimAndGoesWithIt() {
        Map<String, Object> portworx =
                Map.of("provisioner", "pxd.portworx.com", "parameters", Map.of("repl", "2", "sharedv4", "true"));
        Map<String, Object> claim = new HashMap<>(CLAIM);
        claim.remove("storageClassName");
        Storage storage = open(Map.of("dataClaim", claim, "dataClass", portworx));

        assertThat(client.storage().v1().storageClasses().list().getItems())
                .singleElement()
                .satisfies(made -> {
                    assertThat(made.getMetadata().getName()).isEqualTo("a-lab-data");
                    assertThat(made.getMetadata().getLabels()).containsEntry("berth.io/run", "a");
                    assertThat(made.getProvisioner()).isEqualTo("pxd.portworx.com");
                    assertThat(made.getParameters()).containsEntry("sharedv4", "true");
                });
        assertThat(client.persistentVolumeClaims().inNamespace("bench").list().getItems())
                .singleElement()
                .satisfies(
                        made -> assertThat(made.getSpec().getStorageClassName()).isEqualTo("a-lab-data"));
        storage.close();
        assertThat(client.storage().v1().storageClasses().list().getItems()).isEmpty();
        assertThatThrownBy(() -> open(Map.of("dataClaim", CLAIM, "dataClass", portworx)))
                .hasMessageContaining("dataClaim has storageClassName fast, but dataClass takes its place");
        assertThatThrownBy(() -> open(Map.of("data", NFS, "dataClass", portworx)))
                .hasMessageContaining("a dataClass without a dataClaim");
    }

    @Test
    void aPersistentVolumeIsMadeAndItsContentsAreSweptBeforeItGoes() throws Exception {
        Map<String, Object> spec = new HashMap<>(NFS);
        spec.put("mountOptions", List.of("nconnect=4"));
        Storage storage = open(Map.of("dataVolume", spec));

        assertThat(client.persistentVolumes().list().getItems()).singleElement().satisfies(made -> {
            assertThat(made.getSpec().getMountOptions()).containsExactly("nconnect=4");
            assertThat(made.getSpec().getPersistentVolumeReclaimPolicy()).isEqualTo("Retain");
            assertThat(made.getSpec().getClaimRef().getNamespace()).isEqualTo("bench");
        });
        assertThat(client.persistentVolumeClaims().inNamespace("bench").list().getItems())
                .singleElement()
                .satisfies(made -> {
                    assertThat(made.getSpec().getVolumeName()).isEqualTo("a-lab-data");
                    assertThat(made.getSpec().getStorageClassName()).isEmpty();
                    assertThat(made.getSpec().getAccessModes()).containsExactly("ReadWriteMany");
                });
        assertThat(storage.bind(TRIAL, Set.of(Role.DATA))
                        .expectedMounts()
                        .get(0)
                        .source())
                .contains("filer:/export");
        prints("clean-a-lab", "");
        CompletableFuture<Void> closing = CompletableFuture.runAsync(storage::close);
        ends("clean-a-lab", "Succeeded");
        closing.get(30, TimeUnit.SECONDS);
        assertThat(client.persistentVolumes().list().getItems()).isEmpty();
        assertThat(client.persistentVolumeClaims().inNamespace("bench").list().getItems())
                .isEmpty();
    }

    @Test
    void aVolumeOfOthersIsSweptByAPod() throws Exception {
        Storage storage = open(Map.of("data", NFS));
        prints("clean-a-lab", "");
        CompletableFuture<Void> closing = CompletableFuture.runAsync(storage::close);
        Pod pod = appears("clean-a-lab");

        assertThat(pod.getSpec().getContainers().get(0).getCommand().get(2)).contains("rm -rf runs/a;");
        ends("clean-a-lab", "Succeeded");
        closing.get(30, TimeUnit.SECONDS);
        assertThat(client.pods().inNamespace("bench").list().getItems()).isEmpty();
    }

    @Test
    void noncesAreThoseThatAnotherPodSees() throws Exception {
        Storage storage = open(Map.of("data", NFS));
        assertThat(storage.bind(TRIAL, Set.of(Role.DATA)).proofUri())
                .contains("file:///volumes/data/berth/runs/a/block1-sql-lab/proof");
        prints("look-a-lab", "driver 5eed\nexecutor-1 c0ffee\n");
        CompletableFuture<Storage.Nonces> looking = CompletableFuture.supplyAsync(() -> storage.nonces(TRIAL, ORIGIN));

        ends("look-a-lab", "Succeeded");

        Storage.Nonces nonces = looking.get(30, TimeUnit.SECONDS);
        assertThat(nonces.byFile()).containsOnly(entry("driver", "5eed"), entry("executor-1", "c0ffee"));
        assertThat(nonces.look()).hasValueSatisfying(look -> {
            assertThat(look.process()).isEqualTo("look");
            assertThat(look.pod()).isEqualTo("look-a-lab");
            assertThat(look.createdNanos()).isPresent();
            assertThat(look.scheduledNanos()).isPresent();
            assertThat(look.endedNanos().orElseThrow())
                    .isGreaterThanOrEqualTo(look.createdNanos().orElseThrow());
        });
        assertThat(client.pods().inNamespace("bench").list().getItems()).isEmpty();
    }

    @Test
    void whatATrialLeftIsSweptUnlessTheLookForItsNoncesHasDoneThat() throws Exception {
        Storage storage = open(Map.of("dataClaim", CLAIM));
        storage.bind(TRIAL, Set.of(Role.DATA));
        prints("look-a-lab", "driver 5eed\n");
        CompletableFuture<?> looking = CompletableFuture.supplyAsync(() -> storage.nonces(TRIAL, ORIGIN));
        ends("look-a-lab", "Succeeded");
        looking.get(30, TimeUnit.SECONDS);
        // Makes no pod that nobody would end here.
        storage.cleanUp(TRIAL);

        storage.bind(TRIAL, Set.of(Role.DATA));
        prints("sweep-a-lab", "");
        CompletableFuture<Void> sweeping = CompletableFuture.runAsync(() -> storage.cleanUp(TRIAL));
        Pod pod = appears("sweep-a-lab");
        assertThat(pod.getSpec().getContainers().get(0).getCommand())
                .containsExactly("sh", "-c", "rm -rf /volumes/data/berth/runs/a/block1-sql-lab");
        ends("sweep-a-lab", "Succeeded");
        sweeping.get(30, TimeUnit.SECONDS);
        storage.cleanUp(TRIAL);
        assertThat(client.pods().inNamespace("bench").list().getItems()).isEmpty();
    }

    @Test
    void aTrialThatCanNotBeSweptYetIsNamed() throws Exception {
        Storage storage = open(Map.of("dataClaim", CLAIM));
        storage.bind(TRIAL, Set.of(Role.DATA));
        prints("sweep-a-lab", "rm: can't remove 'output': Input/output error");
        CompletableFuture<Void> sweeping = CompletableFuture.runAsync(() -> storage.cleanUp(TRIAL));
        ends("sweep-a-lab", "Failed");

        assertThatThrownBy(() -> sweeping.get(30, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(StorageUnavailable.class)
                .hasMessageContaining(
                        "berth/runs/a/block1-sql-lab could not be removed from its volume yet (pod sweep-a-lab has failed: rm: can't remove");
    }

    @Test
    void noncesThatWereSeenCountWhateverCanNotBeRemovedThen() throws Exception {
        Storage storage = open(Map.of("data", NFS));
        server.expect()
                .delete()
                .withPath("/api/v1/namespaces/bench/pods/look-a-lab")
                .andReturn(404, new StatusBuilder().withCode(404).build())
                .once();
        server.expect()
                .delete()
                .withPath("/api/v1/namespaces/bench/pods/look-a-lab")
                .andReturn(403, new StatusBuilder().withCode(403).build())
                .once();
        prints("look-a-lab", "driver 5eed\n");
        CompletableFuture<Storage.Nonces> looking = CompletableFuture.supplyAsync(() -> storage.nonces(TRIAL, ORIGIN));

        Pod pod = appears("look-a-lab");
        ends("look-a-lab", "Succeeded");

        assertThat(looking.get(30, TimeUnit.SECONDS).byFile()).containsOnly(entry("driver", "5eed"));
        assertThat(pod.getSpec().getContainers().get(0).getCommand().get(2))
                .endsWith("&& { rm -rf \"$PWD\" 2> /dev/null || true; }");
    }

    @Test
    void whatSomebodyElseMadeIsNeitherUsedNorRemoved() {
        client.resource(new PersistentVolumeClaimBuilder()
                        .withNewMetadata()
                        .withName("a-lab-data")
                        .withNamespace("bench")
                        .endMetadata()
                        .build())
                .create();
        Map<String, Object> claim = new HashMap<>(CLAIM);
        claim.remove("storageClassName");

        assertThatThrownBy(
                        () -> open(Map.of("dataClaim", claim, "dataClass", Map.of("provisioner", "pxd.portworx.com"))))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("profile \"lab\": its PersistentVolumeClaim a-lab-data can't be made");
        assertThat(client.persistentVolumeClaims().inNamespace("bench").list().getItems())
                .hasSize(1);
        assertThat(client.storage().v1().storageClasses().list().getItems()).isEmpty();
    }

    @Test
    void whatCanNotBeRemovedIsNamedAndTheRestGoes() {
        Map<String, Object> claim = new HashMap<>(CLAIM);
        claim.remove("storageClassName");
        Storage storage = open(Map.of("dataClaim", claim, "dataClass", Map.of("provisioner", "pxd.portworx.com")));
        server.expect()
                .delete()
                .withPath("/api/v1/namespaces/bench/persistentvolumeclaims/a-lab-data")
                .andReturn(403, new StatusBuilder().withCode(403).build())
                .always();

        assertThatThrownBy(storage::close)
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("of what it made these stay")
                .hasMessageContaining("PersistentVolumeClaim a-lab-data (");
        assertThat(client.storage().v1().storageClasses().list().getItems()).isEmpty();
    }

    @Test
    void onlyWhatIsOnAVolumeOfOthersOutlivesARun() {
        assertThat(new VolumeBackend().outlivesTheRun(profile(Map.of("data", NFS))))
                .isTrue();
        assertThat(new VolumeBackend().outlivesTheRun(profile(Map.of("dataVolume", NFS))))
                .isTrue();
        assertThat(new VolumeBackend().outlivesTheRun(profile(Map.of("dataClaim", CLAIM))))
                .isFalse();
        assertThat(new VolumeBackend().outlivesTheRun(profile(Map.of()))).isFalse();
    }

    @Test
    void aVolumeThatCannotBeLookedAtSaysWhy() throws Exception {
        Storage storage = open(Map.of("data", NFS));
        prints("look-a-lab", "cd: can't cd to /volumes/data/berth/runs/a");
        CompletableFuture<Storage.Nonces> looking = CompletableFuture.supplyAsync(() -> storage.nonces(TRIAL, ORIGIN));

        ends("look-a-lab", "Failed");

        assertThatThrownBy(() -> looking.get(30, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("pod look-a-lab has failed: cd: can't cd to");
    }

    @Test
    void aSweepThatFailsSaysWhatIsLeft() throws Exception {
        Storage storage = open(Map.of("data", NFS));
        prints("clean-a-lab", "");
        CompletableFuture<Void> closing = CompletableFuture.runAsync(storage::close);
        ends("clean-a-lab", "Failed");

        assertThatThrownBy(() -> closing.get(30, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("berth/runs/a could not be removed from its volume");
    }

    @Test
    void whatKubernetesDoesNotKnowIsRefused() {
        assertThatThrownBy(() -> open(Map.of("data", Map.of("floppy", Map.of()))))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("{floppy={}} is not one volume of Kubernetes");
        assertThatThrownBy(() -> open(Map.of("dataClaim", Map.of("size", "1Gi"))))
                .hasMessageContaining("dataClaim has fields that a claim doesn't have: size");
        assertThatThrownBy(() -> open(Map.of("data", NFS, "dataClaim", CLAIM)))
                .hasMessageContaining("has data and dataClaim (allowed: one of them)");
    }

    @Test
    void dataNeedsAVolumeThatPodsShare() {
        Storage storage = open(Map.of());

        assertThat(storage.bind(TRIAL, Set.of(Role.SCRATCH)).volumes())
                .singleElement()
                .satisfies(volume -> assertThat(volume.volume().getEmptyDir()).isNotNull());
        assertThatThrownBy(() -> storage.bind(TRIAL, Set.of(Role.DATA)))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("has no volume for data; give it data:, dataClaim: or dataVolume:");
        storage.close();
    }

    @Test
    void outsideOfKubernetesThereAreNoVolumes() {
        assertThatThrownBy(() -> new VolumeBackend().open(profile(Map.of()), new RunScope("a", Path.of("logs"))))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("only pods have volumes; use --master k8s");
    }

    private Pod appears(String name) {
        return client.pods()
                .inNamespace("bench")
                .withName(name)
                .waitUntilCondition(it -> it != null, 30, TimeUnit.SECONDS);
    }

    private void ends(String name, String phase) {
        client.resource(appears(name)).editStatus(it -> new PodBuilder(it)
                .withNewStatus()
                .withPhase(phase)
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("True")
                .endCondition()
                .addNewContainerStatus()
                .withName(name.substring(0, name.indexOf('-')))
                .withNewState()
                .withNewTerminated()
                .withExitCode(phase.equals("Succeeded") ? 0 : 1)
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build());
    }

    private void prints(String name, String log) {
        server.expect()
                .get()
                .withPath("/api/v1/namespaces/bench/pods/" + name + "/log?container="
                        + name.substring(0, name.indexOf('-')))
                .andReturn(200, log)
                .always();
    }

    private Storage open(Map<String, Object> settings) {
        return new VolumeBackend()
                .open(
                        profile(settings),
                        new RunScope("a", Path.of("logs"), Optional.of(MockCluster.of(client, "bench"))));
    }

    private static String problem(Map<String, Object> settings) {
        return new VolumeBackend()
                .problem(profile(settings))
                .map(ProfileProblem::message)
                .orElse("none");
    }

    private static StorageProfile profile(Map<String, Object> settings) {
        return new StorageProfile("lab", "volume", "a volume", AccessType.NAS, settings);
    }
}

package io.berth.runner.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.storage.CSIDriverBuilder;
import io.fabric8.kubernetes.api.model.storage.CSIStorageCapacityBuilder;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@EnableKubernetesMockClient(crud = true, https = false)
@Timeout(60)
class VolumeLookTest {
    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @Test
    void aClassThatProvidesSharedVolumesHasNoFinding() {
        storageClass("csi.example", "Immediate");
        driver(false);
        claim("ReadWriteMany");

        VolumeLook look = look();

        assertThat(look.look()).isEmpty();
        assertThat(look.suspicions()).isEmpty();
    }

    @Test
    void aClassThatIsMissingIsNamed() {
        claim("ReadWriteMany");

        assertThat(look().look()).singleElement().satisfies(finding -> {
            assertThat(finding.code()).isEqualTo("class-missing");
            assertThat(finding.found()).isEqualTo("there is no StorageClass fast");
            assertThat(finding.profile()).contains("lab");
        });
    }

    @Test
    void aProvisionerWithoutADriverIsASuspicionOnly() {
        storageClass("csi.example", "Immediate");
        claim("ReadWriteMany");

        VolumeLook look = look();

        assertThat(look.look()).isEmpty();
        assertThat(look.suspicions()).extracting(Finding::code).containsExactly("csi-driver-missing");
    }

    @Test
    void localVolumesMustWaitForTheirPods() {
        storageClass("kubernetes.io/no-provisioner", "Immediate");
        claim("ReadWriteMany");

        assertThat(look().look()).extracting(Finding::code).containsExactly("binding-mode");
    }

    @Test
    void aClaimThatPodsOfSeveralNodesCannotWriteIsRefused() {
        storageClass("csi.example", "Immediate");
        driver(false);
        claim("ReadWriteOnce");

        assertThat(look().look()).singleElement().satisfies(finding -> {
            assertThat(finding.code()).isEqualTo("access-mode");
            assertThat(finding.found()).contains("ReadWriteOnce");
        });
    }

    @Test
    void capacityCountsWhereTheDriverPublishesIt() {
        storageClass("csi.example", "WaitForFirstConsumer");
        claim("ReadWriteMany");
        client.resource(new CSIStorageCapacityBuilder()
                        .withNewMetadata()
                        .withName("segment")
                        .withNamespace("kube-system")
                        .endMetadata()
                        .withStorageClassName("fast")
                        .withCapacity(new Quantity("1Gi"))
                        .build())
                .create();
        driver(false);
        assertThat(look().look()).isEmpty();

        client.storage().v1().csiDrivers().withName("csi.example").delete();
        driver(true);
        assertThat(look().look()).singleElement().satisfies(finding -> {
            assertThat(finding.code()).isEqualTo("capacity-short");
            assertThat(finding.found()).contains("asks for 2Gi", "room for 1Gi");
        });
    }

    private void storageClass(String provisioner, String binding) {
        client.resource(new StorageClassBuilder()
                        .withNewMetadata()
                        .withName("fast")
                        .endMetadata()
                        .withProvisioner(provisioner)
                        .withVolumeBindingMode(binding)
                        .build())
                .create();
    }

    private void driver(boolean storageCapacity) {
        client.resource(new CSIDriverBuilder()
                        .withNewMetadata()
                        .withName("csi.example")
                        .endMetadata()
                        .withNewSpec()
                        .withStorageCapacity(storageCapacity)
                        .endSpec()
                        .build())
                .create();
    }

    private void claim(String mode) {
        client.resource(new PersistentVolumeClaimBuilder()
                        .withNewMetadata()
                        .withName("shared")
                        .withNamespace("bench")
                        .endMetadata()
                        .withNewSpec()
                        .withStorageClassName("fast")
                        .withAccessModes(mode)
                        .withNewResources()
                        .addToRequests("storage", new Quantity("2Gi"))
                        .endResources()
                        .endSpec()
                        .build())
                .create();
    }

    private VolumeLook look() {
        return new VolumeLook(
                Samples.cluster(client),
                "lab",
                List.of(new VolumeBuilder()
                        .withName("data")
                        .withNewPersistentVolumeClaim("shared", false)
                        .build()));
    }
}

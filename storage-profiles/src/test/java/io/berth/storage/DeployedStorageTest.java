package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.plan.Trial;
import io.berth.model.suite.AccessType;
import io.berth.model.suite.Kubernetes;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@EnableKubernetesMockClient(crud = true, https = false)
@Timeout(60)
class DeployedStorageTest {
    private static final Map<String, Object> SERVICE = Map.of(
            "apiVersion",
            "v1",
            "kind",
            "Service",
            "metadata",
            Map.of("name", "${name}"),
            "spec",
            Map.of("clusterIP", "10.9.8.7", "ports", List.of(Map.of("port", 7070))));
    private static final Map<String, Object> CONF = object(
            "ConfigMap", "data", Map.of("site", "${address} ${namespace} ${image} ${env.POD_IP:-0}", "${name}", "x"));
    private static final Map<String, Object> SECRET =
            object("Secret", "stringData", Map.of("a", "${random}", "b", "${random}"));

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    private final List<Map<String, Object>> opened = new ArrayList<>();
    private final List<String> closed = new ArrayList<>();

    /** Notes what it is told. */
    private final StorageBackend backend = new StorageBackend() {
        @Override
        public String name() {
            return "noted";
        }

        @Override
        public String description() {
            return "";
        }

        @Override
        public List<Setting> settings() {
            return List.of();
        }

        @Override
        public Set<Role> roles() {
            return EnumSet.of(Role.DATA);
        }

        @Override
        public Storage open(StorageProfile profile, RunScope run) {
            opened.add(profile.settings());
            return new Storage() {
                @Override
                public Binding bind(Trial trial, Set<Role> roles) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void check() {}

                @Override
                public void cleanUp(Trial trial) {}

                @Override
                public void close() {
                    closed.add("storage, with %d ConfigMaps"
                            .formatted(client.configMaps()
                                    .inNamespace("bench")
                                    .list()
                                    .getItems()
                                    .size()));
                }
            };
        }
    };

    @Test
    void placeholdersMeanWhatTheRunMade() {
        open(
                List.of(SERVICE, CONF),
                Map.of("endpoint", "http://${address}:7070", "nested", Map.of("list", List.of("${name}"))));

        ConfigMap conf =
                client.configMaps().inNamespace("bench").withName("a-lab").get();
        assertThat(conf.getData())
                .containsEntry("site", "10.9.8.7 bench berth:1 ${env.POD_IP:-0}")
                .containsEntry("a-lab", "x");
        assertThat(conf.getMetadata().getLabels()).containsEntry(Cluster.RUN_LABEL, "a");
        assertThat(opened)
                .containsExactly(
                        Map.of("endpoint", "http://10.9.8.7:7070", "nested", Map.of("list", List.of("a-lab"))));
    }

    @Test
    void serversGoAfterTheirStorage() {
        open(List.of(SERVICE, CONF, SECRET), Map.of()).close();

        assertThat(closed).containsExactly("storage, with 1 ConfigMaps");
        assertThat(client.configMaps().inNamespace("bench").list().getItems()).isEmpty();
        assertThat(client.services().inNamespace("bench").list().getItems()).isEmpty();
        assertThat(client.secrets().inNamespace("bench").list().getItems()).isEmpty();
    }

    @Test
    void aSecretIsRandomAndStaysOverAResume() {
        open(List.of(SECRET), Map.of());
        Secret first = client.secrets().inNamespace("bench").withName("a-lab").get();
        open(List.of(SECRET), Map.of());

        assertThat(first.getStringData().get("a"))
                .matches("[0-9a-f]{40}")
                .isNotEqualTo(first.getStringData().get("b"));
        assertThat(client.secrets().inNamespace("bench").withName("a-lab").get().getStringData())
                .isEqualTo(first.getStringData());
    }

    @Test
    void whatSomebodyElseMadeIsNeitherUsedNorRemoved() {
        client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withName("a-lab")
                        .withNamespace("bench")
                        .endMetadata()
                        .build())
                .create();

        assertThatThrownBy(() -> open(List.of(SERVICE, CONF), Map.of()))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("profile \"lab\": its ConfigMap a-lab can't be made");
        assertThat(client.configMaps().inNamespace("bench").list().getItems()).hasSize(1);
        assertThat(client.services().inNamespace("bench").list().getItems()).isEmpty();
    }

    @Test
    void aSecretThatIsWrittenDownIsRefused() {
        Map<String, Object> written = object("Secret", "stringData", Map.of("a", "hunter2"));

        assertThatThrownBy(() -> open(List.of(written), Map.of()))
                .hasMessageContaining("a Secret of deploy has values of its own")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void otherKindsAndAddressesOfNobodyAreRefused() {
        assertThatThrownBy(() -> open(List.of(object("ClusterRole", "rules", List.of())), Map.of()))
                .hasMessageContaining("an object of kind ClusterRole (allowed: ConfigMap, Deployment,");
        assertThatThrownBy(() -> open(List.of(CONF, SERVICE), Map.of()))
                .hasMessageContaining("${address} stands before the Service ${name}");
    }

    @Test
    void whatKubernetesCanNotReadIsNamed() {
        Map<String, Object> malformed = object("ConfigMap", "data", List.of("a", "b"));

        assertThatThrownBy(() -> open(List.of(SERVICE, malformed), Map.of()))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageStartingWith("profile \"lab\": deploy can't be read as Kubernetes' ConfigMap (");
        assertThat(client.services().inNamespace("bench").list().getItems()).isEmpty();
    }

    @Test
    void serversThatDontBecomeReadySayWhyAndAreRemoved() {
        Map<String, Object> deployment = object(
                "Deployment",
                "spec",
                Map.of(
                        "replicas",
                        1,
                        "selector",
                        Map.of("matchLabels", Map.of("app", "${name}")),
                        "template",
                        Map.of()));

        assertThatThrownBy(() -> open(List.of(SERVICE, deployment), Map.of()))
                .hasMessageContaining(
                        "its Deployment a-lab isn't ready after 1 s: it has no pod; see kubectl describe -n bench");
        assertThat(client.services().inNamespace("bench").list().getItems()).isEmpty();
        assertThat(client.apps().deployments().inNamespace("bench").list().getItems())
                .isEmpty();
    }

    private Storage open(List<Map<String, Object>> deploy, Map<String, Object> settings) {
        Kubernetes kubernetes = new Kubernetes(
                "berth:1",
                Optional.empty(),
                List.of(),
                Optional.of("bench"),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Map.of(),
                OptionalInt.of(1));
        Cluster cluster = new Cluster(client, "bench", kubernetes, "a", true);
        return DeployedStorage.open(
                backend,
                new StorageProfile("lab", "noted", "deployed", AccessType.OBJECT, deploy, settings),
                new RunScope("a", Path.of("unused"), Optional.of(cluster)));
    }

    private static Map<String, Object> object(String kind, String key, Object value) {
        return Map.of(
                "apiVersion",
                kind.equals("Deployment") ? "apps/v1" : "v1",
                "kind",
                kind,
                "metadata",
                Map.of("name", "${name}"),
                key,
                value);
    }
}

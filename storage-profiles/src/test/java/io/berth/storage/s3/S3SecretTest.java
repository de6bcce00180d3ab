package io.berth.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.suite.AccessType;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.MockCluster;
import io.berth.storage.Settings;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

@EnableKubernetesMockClient(crud = true, https = false)
class S3SecretTest {
    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @Test
    void applicationsGetWhatTheSecretHoldsByEnvironment() {
        secret(Map.of("AWS_ACCESS_KEY_ID", "me", "AWS_SECRET_ACCESS_KEY", "hush"));

        S3Credentials credentials = credentials(Map.of("secret", "bucket"));

        assertThat(credentials.environment())
                .containsEntry("AWS_ACCESS_KEY_ID", "me")
                .containsEntry("AWS_SECRET_ACCESS_KEY", "hush")
                .containsEntry("AWS_SESSION_TOKEN", "");
        assertThat(credentials.provider().resolveCredentials().secretAccessKey())
                .isEqualTo("hush");
        assertThat(credentials.toString()).doesNotContain("hush");
    }

    @Test
    void keysOfTheSecretMayHaveOtherNames() {
        secret(Map.of("access", "me", "private", "hush"));

        assertThat(credentials(Map.of(
                                "secret", "bucket", "accessKeyVariable", "access", "secretKeyVariable", "private"))
                        .environment())
                .containsEntry("AWS_ACCESS_KEY_ID", "me");
    }

    @Test
    void aSecretThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> credentials(Map.of("secret", "bucket")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("Secret bucket of namespace bench, which has no key AWS_ACCESS_KEY_ID");
        assertThatThrownBy(() -> credentials(Map.of())).hasMessageContaining("secret: is missing");
    }

    @Test
    void outsideOfKubernetesThereAreNoSecrets() {
        assertThatThrownBy(() -> S3Credentials.of(
                        "lab", settings(Map.of("secret", "bucket")), Map.of(), Optional.empty(), Optional.empty()))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("use --master k8s");
    }

    private void secret(Map<String, String> values) {
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("bucket")
                        .withNamespace("bench")
                        .endMetadata()
                        .withData(encoded(values))
                        .build())
                .create();
    }

    /** As an API server does it with what was sent as text. */
    private static Map<String, String> encoded(Map<String, String> values) {
        Map<String, String> encoded = new TreeMap<>(values);
        encoded.replaceAll((key, value) ->
                java.util.Base64.getEncoder().encodeToString(value.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        return encoded;
    }

    private S3Credentials credentials(Map<String, Object> settings) {
        return S3Credentials.of(
                "lab", settings(settings), Map.of(), Optional.of(MockCluster.of(client, "bench")), Optional.empty());
    }

    private static Settings settings(Map<String, Object> settings) {
        Map<String, Object> all = new TreeMap<>(settings);
        all.put("credentials", "secret");
        return Settings.of(new StorageProfile("lab", "s3-external", "a bucket", AccessType.OBJECT, all));
    }
}

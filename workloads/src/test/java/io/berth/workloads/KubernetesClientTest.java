package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import org.junit.jupiter.api.Test;

/** Spark makes executors with a client of its own version, whatever version the rest of berth has. */
final class KubernetesClientTest {

    @Test
    void sparksKubernetesClientHasAnHttpClientOfItsVersion() {
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(Config.empty()).build()) {
            assertThat(version(client.getHttpClient().getClass()))
                    .isEqualTo(version(client.getClass()))
                    .isEqualTo(version(Config.class))
                    .matches("\\d+\\.\\d+\\.\\d+");
        }
    }

    /** From the name of its jar; the manifests say nothing. */
    private static String version(Class<?> type) {
        String jar = type.getProtectionDomain().getCodeSource().getLocation().getPath();
        return jar.replaceFirst(".*-", "").replaceFirst("\\.jar$", "");
    }
}

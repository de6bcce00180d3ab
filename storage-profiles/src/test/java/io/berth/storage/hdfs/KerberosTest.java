package io.berth.storage.hdfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.suite.AccessType;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.Cluster;
import io.berth.storage.MockCluster;
import io.berth.storage.PodVolume;
import io.berth.storage.RunScope;
import io.berth.storage.Settings;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a profile says of Kerberos; what a KDC makes of it is in SecureHdfsIT. */
@EnableKubernetesMockClient(crud = true, https = false)
class KerberosTest {
    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @TempDir
    private Path temp;

    @Test
    void filesMayBeNamedByTheVariablesOfKerberosItself() throws IOException {
        Path keytab = Files.writeString(temp.resolve("keytab"), "planted");
        Path conf = Files.writeString(temp.resolve("krb5.conf"), "");
        Map<String, String> environment =
                Map.of("KRB5_CLIENT_KTNAME", "FILE:" + keytab, "KRB5_CONFIG", conf.toString());

        Kerberos kerberos = Kerberos.of("lab", settings(Map.of()), environment, Optional.empty());

        assertThat(kerberos.sparkConf("hdfs://lab"))
                .containsEntry("spark.kerberos.principal", "me@REALM")
                .containsEntry("spark.kerberos.keytab", keytab.toString())
                .containsEntry("spark.kerberos.access.hadoopFileSystems", "hdfs://lab");
        assertThat(kerberos.environment())
                .containsOnly(Map.entry("JAVA_TOOL_OPTIONS", "-Djava.security.krb5.conf=" + conf));
        assertThat(kerberos.volumes()).isEmpty();
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThatThrownBy(() -> Kerberos.of("lab", settings(Map.of()), Map.of(), Optional.empty()))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining(
                        "nothing says where the key of me@REALM is; add keytab, or export KRB5_CLIENT_KTNAME");
        assertThatThrownBy(() -> Kerberos.of("lab", settings(Map.of("principal", "me")), Map.of(), Optional.empty()))
                .hasMessageContaining("principal is \"me\" (allowed: NAME@REALM");
        assertThatThrownBy(
                        () -> Kerberos.of("lab", settings(Map.of("keytabSecret", "bench")), Map.of(), Optional.empty()))
                .hasMessageContaining("keytabSecret needs a Kubernetes");
    }

    @Test
    void podsMountTheSecretThatHoldsTheKeytab() {
        secret(Map.of("keytab", "planted", "krb5.conf", "[libdefaults]"));

        Kerberos kerberos =
                Kerberos.of("lab", settings(Map.of("keytabSecret", "bench")), Map.of(), Optional.of(cluster()));

        assertThat(kerberos.sparkConf("hdfs://lab"))
                .containsEntry("spark.kerberos.keytab", "/etc/berth-kerberos/keytab");
        assertThat(kerberos.environment())
                .containsEntry("JAVA_TOOL_OPTIONS", "-Djava.security.krb5.conf=/etc/berth-kerberos/krb5.conf");
        PodVolume volume = kerberos.volumes().get(0);
        assertThat(volume.mountPath()).isEqualTo("/etc/berth-kerberos");
        assertThat(volume.volume().getSecret().getSecretName()).isEqualTo("bench");
        assertThat(volume.volume().getSecret().getDefaultMode()).isEqualTo(0440);
    }

    @Test
    void aSecretThatLacksAKeyIsNamed() {
        secret(Map.of("keytab", "planted"));

        assertThatThrownBy(() ->
                        Kerberos.of("lab", settings(Map.of("keytabSecret", "bench")), Map.of(), Optional.of(cluster())))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("should be in Secret bench of namespace space, which has no key krb5.conf");
        assertThatThrownBy(() -> Kerberos.of("lab", settings(Map.of()), Map.of(), Optional.of(cluster())))
                .hasMessageContaining(
                        "a keytab of this machine is in no pod; make a Secret with keys keytab and krb5.conf");
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() throws IOException {
        refused(Map.of("principal", "me@REALM"), "simple", run(false))
                .hasMessageContaining(
                        "it has principal, but by its site files hadoop.security.authentication is simple");
        refused(Map.of("principal", "me@REALM", "user", "you"), "kerberos", run(false))
                .hasMessageContaining("remove user");
        refused(Map.of("principal", "me@REALM"), "kerberos", run(true))
                .hasMessageContaining("standalone clusters give executors no tokens");
        refused(Map.of(), "kerberos", run(false)).hasMessageContaining("principal is \"\"");
    }

    private org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> refused(
            Map<String, Object> settings, String authentication, RunScope run) throws IOException {
        Files.writeString(
                temp.resolve("core-site.xml"),
                "<configuration><property><name>hadoop.security.authentication</name><value>%s</value></property></configuration>"
                        .formatted(authentication));
        Files.writeString(temp.resolve("hdfs-site.xml"), "<configuration/>");
        Map<String, Object> all = new TreeMap<>(settings);
        all.put("uri", "hdfs://127.0.0.1:1/user/me");
        all.put("siteDirectory", temp.toString());
        return assertThatThrownBy(() -> new ExternalHdfsBackend(Map.of()).open(profile(all), run))
                .isInstanceOf(StorageUnavailable.class);
    }

    private RunScope run(boolean remote) {
        return new RunScope("a", temp.resolve("logs"), Optional.empty(), remote);
    }

    private void secret(Map<String, String> values) {
        Map<String, String> encoded = new TreeMap<>(values);
        encoded.replaceAll((key, value) -> Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)));
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("bench")
                        .withNamespace("space")
                        .endMetadata()
                        .withData(encoded)
                        .build())
                .create();
    }

    private Cluster cluster() {
        return MockCluster.of(client, "space");
    }

    private static Settings settings(Map<String, Object> settings) {
        Map<String, Object> all = new TreeMap<>(settings);
        all.putIfAbsent("principal", "me@REALM");
        return Settings.of(profile(all));
    }

    private static StorageProfile profile(Map<String, Object> settings) {
        return new StorageProfile("lab", "hdfs-external", "an HDFS", AccessType.DISTRIBUTED, settings);
    }
}

package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.suite.AccessType;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.s3.ExternalS3Backend;
import io.berth.storage.server.Server;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@EnableKubernetesMockClient(crud = true, https = false)
class ExternalS3IT extends StorageBackendContract {
    private static final String ACCESS_KEY = "PLANTEDACCESSKEY";
    private static final String SECRET_KEY = "plantedSecretKey0123456789";
    private static final HadoopClients CLIENTS = new HadoopClients();
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @TempDir
    private static Path shared;

    private static Server server;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private static KubernetesClient kubernetes;

    private final Map<String, Object> settings = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();

    @BeforeAll
    static void provide() {
        // It knows neither temporary credentials nor encryption, and answers as if it did.
        server = Servers.s3(shared, ACCESS_KEY, SECRET_KEY, "unknownHeaders=ignored");
    }

    @AfterAll
    static void close() {
        try (CLIENTS) {
            server.close();
        }
    }

    @BeforeEach
    void useAPrefixOfItsOwn() {
        settings.putAll(Map.of(
                "endpoint",
                "http://127.0.0.1:" + server.port("port"),
                "region",
                "us-east-1",
                "bucket",
                Servers.BUCKET,
                "prefix",
                "test" + NUMBER.incrementAndGet(),
                "pathStyle",
                true,
                "credentials",
                "environment"));
        environment.putAll(Map.of("AWS_ACCESS_KEY_ID", ACCESS_KEY, "AWS_SECRET_ACCESS_KEY", SECRET_KEY));
    }

    @Override
    StorageBackend backend() {
        return new ExternalS3Backend(environment);
    }

    @Override
    StorageProfile profile() {
        return new StorageProfile("lab", "s3-external", "a bucket", AccessType.OBJECT, settings);
    }

    @Override
    StorageClient client(Binding binding) {
        return CLIENTS.of(binding);
    }

    /** Objects can't be appended to, and S3A says so. */
    @Test
    @Override
    void whatIsAppendedFollowsWhatWasThere() {
        Binding binding = storage().bind(FIRST, EnumSet.of(Role.DATA));
        client(binding).write(binding.outputUri() + "/appended", "first, ");

        assertThatThrownBy(() -> client(binding).append(binding.outputUri() + "/appended", "second"))
                .isInstanceOf(HadoopClients.Refused.class)
                .hasMessageContaining("UnsupportedOperationException");
        assertThat(client(binding).read(binding.outputUri() + "/appended")).isEqualTo("first, ");
    }

    @Test
    void aBucketThatTheRunMadeGoesWithItUnlessSomethingIsInIt() {
        settings.putAll(Map.of("bucket", "made-and-kept", "createBucket", true));
        String kept;
        try (Storage storage = backend().open(profile(), run("a"))) {
            Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
            kept = binding.uris().get(Role.DATA) + "/set/file";
            client(binding).write(kept, "x");
        }
        settings.put("createBucket", false);
        try (Storage later = backend().open(profile(), run("b"))) {
            assertThat(client(later.bind(FIRST, EnumSet.of(Role.DATA))).exists(kept))
                    .isTrue();
        }

        settings.putAll(Map.of("bucket", "made-and-removed", "createBucket", true, "keepData", false));
        try (Storage storage = backend().open(profile(), run("a"))) {
            Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
            client(binding).write(binding.uris().get(Role.DATA) + "/set/file", "x");
        }
        settings.put("createBucket", false);
        assertRefused("there is no bucket \"made-and-removed\"");
    }

    @Test
    void aBucketThatWasThereStays() {
        settings.put("createBucket", true);
        settings.put("keepData", false);
        backend().open(profile(), run("a")).close();

        settings.put("createBucket", false);
        backend().open(profile(), run("b")).close();
    }

    @Test
    void credentialsMayBeInOtherVariables() {
        settings.putAll(Map.of("accessKeyVariable", "LAB_KEY", "secretKeyVariable", "LAB_SECRET"));
        environment.clear();
        environment.putAll(Map.of("LAB_KEY", ACCESS_KEY, "LAB_SECRET", SECRET_KEY));

        writesAndReads();
    }

    @Test
    void credentialsMayBeInAFile() throws IOException {
        environment.clear();
        Path file = Files.writeString(
                temp.resolve("credentials"),
                "[lab]\naws_access_key_id = %s\naws_secret_access_key = %s\n".formatted(ACCESS_KEY, SECRET_KEY));
        settings.putAll(Map.of("credentials", "file", "credentialsFile", file.toString(), "credentialsProfile", "lab"));

        writesAndReads();
    }

    private void writesAndReads() {
        try (Storage storage = backend().open(profile(), run("a"))) {
            Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
            client(binding).write(binding.outputUri() + "/file", "x");
            assertThat(client(binding).read(binding.outputUri() + "/file")).isEqualTo("x");
            assertThat(binding.sparkConf().toString()).doesNotContain(ACCESS_KEY, SECRET_KEY);
        }
    }

    @Test
    void aProviderChainWithoutCredentialsIsNamed() {
        environment.clear();
        settings.put("credentials", "provider-chain");
        System.setProperty("aws.disableEc2Metadata", "true");
        System.setProperty("aws.sharedCredentialsFile", temp.resolve("absent").toString());
        try {
            assertRefused("there are no credentials in the AWS SDK's provider chain");
        } finally {
            System.clearProperty("aws.disableEc2Metadata");
            System.clearProperty("aws.sharedCredentialsFile");
        }
    }

    @Test
    void theProviderChainFindsCredentialsForBerthAndForApplications() {
        environment.clear();
        settings.put("credentials", "provider-chain");
        System.setProperty("aws.accessKeyId", ACCESS_KEY);
        System.setProperty("aws.secretAccessKey", SECRET_KEY);
        try (Storage storage = backend().open(profile(), run("a"))) {
            Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
            assertThat(binding.environment()).isEmpty();
            StorageClient client =
                    CLIENTS.of(binding, Map.of("AWS_ACCESS_KEY_ID", ACCESS_KEY, "AWS_SECRET_ACCESS_KEY", SECRET_KEY));
            client.write(binding.outputUri() + "/file", "x");
            assertThat(client.read(binding.outputUri() + "/file")).isEqualTo("x");
        } finally {
            System.clearProperty("aws.accessKeyId");
            System.clearProperty("aws.secretAccessKey");
        }
    }

    @Test
    void aServerOfAnAuthorityOfTheProfileIsTrustedByBerthAndByApplications() throws Exception {
        SelfSigned certificate = SelfSigned.in(temp);
        try (Server secure = Servers.s3(temp, ACCESS_KEY, SECRET_KEY, "keyStore=" + certificate.keyStore())) {
            settings.put("endpoint", "https://127.0.0.1:" + secure.port("port"));
            assertRefused("no trusted connection to https://127.0.0.1:%d (".formatted(secure.port("port")));

            settings.put("caFile", certificate.pem().toString());

            writesAndReads();
            assertThat(temp.resolve("logs/lab-authorities.p12")).exists();
            podsMountWhatTheyShouldTrust();
        }
    }

    private void podsMountWhatTheyShouldTrust() throws IOException {
        Cluster cluster = MockCluster.of(kubernetes, "bench");
        RunScope run = new RunScope("a", temp.resolve("logs"), Optional.of(cluster));
        Resource<ConfigMap> map = kubernetes.configMaps().inNamespace("bench").withName("a-lab-authorities");
        try (Storage storage = backend().open(profile(), run)) {
            Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));

            assertThat(binding.environment())
                    .containsEntry(
                            "JAVA_TOOL_OPTIONS",
                            "-Djavax.net.ssl.trustStore=/etc/berth-authorities/authorities.p12 -Djavax.net.ssl.trustStorePassword=changeit");
            PodVolume volume = binding.volumes().get(0);
            assertThat(volume.mountPath()).isEqualTo("/etc/berth-authorities");
            assertThat(volume.volume().getConfigMap().getName()).isEqualTo("a-lab-authorities");
            assertThat(Base64.getDecoder().decode(map.get().getBinaryData().get("authorities.p12")))
                    .isEqualTo(Files.readAllBytes(temp.resolve("logs/lab-authorities.p12")));
            assertThat(map.get().getMetadata().getLabels()).containsEntry(Cluster.RUN_LABEL, "a");
        }
        assertThat(map.get()).isNull();
    }

    @Test
    void aRoleAndATokenGiveCredentialsToBerthAndToApplications() throws IOException {
        environment.clear();
        Path token = Files.writeString(temp.resolve("token"), SmallSts.TOKEN);
        try (SmallSts sts = new SmallSts(ACCESS_KEY, SECRET_KEY);
                RecordingProxy proxy = new RecordingProxy(server.port("port"))) {
            environment.putAll(Map.of("AWS_ROLE_ARN", SmallSts.ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE", token.toString()));
            settings.put("credentials", "web-identity");
            settings.put("stsEndpoint", sts.uri().toString());
            settings.put("endpoint", "http://127.0.0.1:" + proxy.port());

            writesAndReads();

            assertThat(sts.given())
                    .as("once for berth, once for the application")
                    .isEqualTo(2);
            assertThat(proxy.heads("PUT")).hasSize(2).allSatisfy(head -> assertThat(head)
                    .contains("x-amz-security-token: " + SmallSts.SESSION_TOKEN.toLowerCase(Locale.ROOT)));

            environment.put("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/other");
            assertRefused(
                    "there are no credentials for token file %s for role arn:aws:iam::123456789012:role/other (HTTP status 400 InvalidIdentityToken)"
                            .formatted(token));
        }
        settings.put("stsEndpoint", "http://127.0.0.1:1");
        assertRefused("nothing answers at the STS endpoint http://127.0.0.1:1 (ConnectException");
        environment.remove("AWS_WEB_IDENTITY_TOKEN_FILE");
        assertRefused("web-identity needs AWS_WEB_IDENTITY_TOKEN_FILE, which is not set where berth runs");
        settings.put("tokenFile", "/nowhere/token");
        assertRefused("its token should be in file /nowhere/token, which can't be read");
    }

    @Test
    void aKeyOfTheCustomersGoesWithEveryRequestAndIntoNoSetting() throws IOException {
        String key = Base64.getEncoder()
                .encodeToString("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
        environment.put("MY_KEY", key);
        settings.putAll(Map.of("encryption", "SSE-C", "encryptionKeyVariable", "MY_KEY"));
        try (RecordingProxy proxy = new RecordingProxy(server.port("port"))) {
            settings.put("endpoint", "http://127.0.0.1:" + proxy.port());
            try (Storage storage = backend().open(profile(), run("a"))) {
                Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
                client(binding).write(binding.outputUri() + "/file", "x");
                assertThat(client(binding).read(binding.outputUri() + "/file")).isEqualTo("x");

                assertThat(binding.sparkConf().toString()).doesNotContain(key);
                assertThat(binding.toString()).doesNotContain(key);
            }
            String sent = "x-amz-server-side-encryption-customer-key: " + key.toLowerCase(Locale.ROOT);
            assertThat(proxy.heads("PUT"))
                    .as("those of berth and of the application")
                    .hasSize(2)
                    .allSatisfy(head ->
                            assertThat(head).contains(sent, "x-amz-server-side-encryption-customer-algorithm: aes256"));
            assertThat(proxy.heads("GET").stream().filter(head -> !head.contains("?")))
                    .as("those of objects")
                    .isNotEmpty()
                    .allSatisfy(head -> assertThat(head).contains(sent));
        }
    }

    @Test
    void theServersOwnKeysAreAskedFor() throws IOException {
        String key = "arn:aws:kms:us-east-1:123456789012:key/bench";
        settings.putAll(Map.of("encryption", "SSE-KMS", "kmsKey", key));
        // A client of its own, because those that share an environment keep the file system that the first has opened.
        try (RecordingProxy proxy = new RecordingProxy(server.port("port"));
                HadoopClients own = new HadoopClients()) {
            settings.put("endpoint", "http://127.0.0.1:" + proxy.port());
            try (Storage storage = backend().open(profile(), run("a"))) {
                Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
                own.of(binding).write(binding.outputUri() + "/file", "x");
            }

            assertThat(proxy.heads("PUT")).hasSize(2).allSatisfy(head -> assertThat(head)
                    .contains(
                            "x-amz-server-side-encryption: aws:kms",
                            "x-amz-server-side-encryption-aws-kms-key-id: " + key));
        }
    }

    @Test
    void encryptionThatCanNotBeIsRefusedWithoutShowingAKey() {
        settings.put("encryption", "rot13");
        assertRefused("encryption \"rot13\" is not known (allowed: SSE-S3, SSE-KMS, SSE-C)");
        settings.putAll(Map.of("encryption", "SSE-S3", "kmsKey", "arn:aws:kms:us-east-1:123456789012:key/bench"));
        assertRefused("kmsKey is for encryption SSE-KMS, but encryption is SSE-S3");
        settings.remove("kmsKey");
        settings.put("encryption", "SSE-C");
        assertRefused("its key for SSE-C should be in BERTH_S3_ENCRYPTION_KEY, which is not set");
        environment.put("BERTH_S3_ENCRYPTION_KEY", SECRET_KEY);
        assertRefused("BERTH_S3_ENCRYPTION_KEY is no key for SSE-C (allowed: 256 bits in Base64");
    }

    @Test
    void dataIsRemovedWhenTheProfileDoesNotKeepIt() {
        settings.put("keepData", false);
        Binding binding;
        try (Storage storage = backend().open(profile(), run("a"))) {
            binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
            client(binding).write(binding.uris().get(Role.DATA) + "/set/file", "x");
        }

        assertThat(client(binding).exists(binding.uris().get(Role.DATA) + "/set"))
                .isFalse();
    }

    @Test
    void executorsOfAStandaloneClusterLearnCredentialsFromAFileAndNotFromSettings() throws IOException {
        RunScope remote = new RunScope("a", temp.resolve("logs"), Optional.empty(), true);
        assertThatThrownBy(() -> backend().open(profile(), remote))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("the executors of a standalone cluster would learn credentials")
                .hasMessageContaining("allowed with --master spark://: file");
        Path file = Files.writeString(
                temp.resolve("credentials"),
                "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n".formatted(ACCESS_KEY, SECRET_KEY));
        settings.putAll(Map.of("credentials", "file", "credentialsFile", file.toString()));

        try (Storage storage = backend().open(profile(), remote)) {
            assertThat(storage.bind(FIRST, EnumSet.of(Role.DATA)).environment())
                    .containsOnly(
                            Map.entry("AWS_SHARED_CREDENTIALS_FILE", file.toString()),
                            Map.entry("AWS_PROFILE", "default"));
        }
    }

    @Test
    void wrongCredentialsAreRefusedWithoutShowingThem() {
        environment.put("AWS_SECRET_ACCESS_KEY", "plantedWrongSecret");

        assertRefused(
                "refuses the credentials in environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for bucket \"there\"");
    }

    @Test
    void aMissingVariableIsNamed() {
        environment.remove("AWS_SECRET_ACCESS_KEY");

        assertRefused("AWS_SECRET_ACCESS_KEY is not set; export it");
    }

    @Test
    void aMissingCredentialsFileIsNamed() {
        settings.putAll(Map.of("credentials", "file", "credentialsFile", "/nowhere/credentials"));

        assertRefused("its credentials should be in file /nowhere/credentials, which can't be read");
    }

    @Test
    void aMissingBucketIsNamed() {
        settings.put("bucket", "elsewhere");

        assertRefused(
                "there is no bucket \"elsewhere\" at http://127.0.0.1:%d; create it".formatted(server.port("port")));
    }

    @Test
    void aPortWhereNothingListensIsNamed() {
        settings.put("endpoint", "http://127.0.0.1:1");

        assertRefused("nothing answers at http://127.0.0.1:1 (ConnectException");
    }

    @Test
    void aFileThatHoldsNoCertificatesIsNamed() throws IOException {
        Path file = Files.writeString(temp.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\nnone\n");
        settings.put("caFile", file.toString());

        assertRefused("caFile %s can't be read as certificates in PEM".formatted(file));
    }

    @Test
    void anUnknownPlaceOfCredentialsIsRefused() {
        settings.put("credentials", "my-head");

        assertRefused(
                "credentials \"my-head\" are not known (allowed: environment, file, secret, web-identity, provider-chain)");
    }

    private void assertRefused(String why) {
        assertThatThrownBy(() -> backend().open(profile(), run("a")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageStartingWith("profile \"lab\": ")
                .hasMessageContaining(why)
                .message()
                .doesNotContain(ACCESS_KEY, SECRET_KEY, "plantedWrongSecret");
    }
}

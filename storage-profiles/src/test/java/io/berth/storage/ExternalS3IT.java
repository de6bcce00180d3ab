package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.suite.AccessType;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.s3.ExternalS3Backend;
import io.berth.storage.server.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExternalS3IT extends StorageBackendContract {
    private static final String ACCESS_KEY = "PLANTEDACCESSKEY";
    private static final String SECRET_KEY = "plantedSecretKey0123456789";
    private static final HadoopClients CLIENTS = new HadoopClients();
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @TempDir
    private static Path shared;

    private static Server server;

    private final Map<String, Object> settings = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();

    @BeforeAll
    static void provide() {
        server = Servers.s3(shared, ACCESS_KEY, SECRET_KEY);
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
        Path keyStore = temp.resolve("server.p12");
        Path authority = temp.resolve("authority.pem");
        keytool(keyStore, "-genkeypair", "-keyalg", "EC", "-dname", "CN=lab", "-ext", "san=ip:127.0.0.1");
        keytool(keyStore, "-exportcert", "-rfc", "-file", authority.toString());
        try (Server secure = Servers.s3(temp, ACCESS_KEY, SECRET_KEY, "keyStore=" + keyStore)) {
            settings.put("endpoint", "https://127.0.0.1:" + secure.port("port"));
            assertRefused("nothing answers at https://127.0.0.1:%d (".formatted(secure.port("port")));

            settings.put("caFile", authority.toString());

            writesAndReads();
            assertThat(temp.resolve("logs/lab-authorities.p12")).exists();
        }
    }

    private static void keytool(Path keyStore, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", keyStore.toString(), "-storepass", "changeit", "-alias", "server"));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
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

        assertRefused("credentials \"my-head\" are not known (allowed: environment, file, secret, provider-chain)");
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

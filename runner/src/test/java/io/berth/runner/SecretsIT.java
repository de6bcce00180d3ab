package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.results.TrialOutcome;
import io.berth.storage.server.Server;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plants secrets and looks for them in everything that a run leaves or shows. */
class SecretsIT {
    private static final String ACCESS_KEY = "PLANTEDACCESSKEY7Q";
    private static final String SECRET_KEY = "planted-secret-key-8w5zu";
    private static final String WRONG_KEY = "planted-wrong-key-5p0fd";
    private static final String KEYTAB = "planted-keytab-3x9ql";
    private static final String ENCRYPTION_KEY = "cGxhbnRlZC1lbmNyeXB0aW9uLWtleS02azJoYi14eHg=";
    private static final String SESSION_TOKEN = "planted-session-token-1r4tz";

    @TempDir
    private Path temp;

    @Test
    void noSecretIsInAnArgumentALogAResultOrAReport() throws Exception {
        RealBerth berth = new RealBerth(temp);
        Path credentials = Files.writeString(
                temp.resolve("credentials"),
                "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n".formatted(ACCESS_KEY, SECRET_KEY));
        Path keytab = Files.writeString(temp.resolve("me.keytab"), KEYTAB);
        Set<String> arguments = new HashSet<>();
        try (Server server = ExternalS3.start(
                Files.createDirectory(temp.resolve("user")), ACCESS_KEY, SECRET_KEY, "unknownHeaders=ignored")) {
            Path byFile = ExternalS3.profile(berth, "by-file", server, ExternalS3.BUCKET, credentials);
            Path byEnvironment = byEnvironment(berth, "by-environment", server, "BERTH_TEST_UNSET");
            Path withToken = byEnvironment(berth, "with-token", server, "AWS_SESSION_TOKEN");
            // Messages of failures must keep secrets, too.
            Path wrong = ExternalS3.profile(berth, "wrong", server, ExternalS3.BUCKET, wrongSecret());
            Path kerberos = byKeytab(berth, keytab);
            Path suite = berth.suite("""
                    - name: throughput
                      warmup: 0
                      iterations: 1
                      parameters: {files: 1, fileMiB: 1, randomReads: 1}
                      spark: {spark.hadoop.dfs.web.authentication.kerberos.keytab: %s}
                    """.formatted(keytab), byFile, byEnvironment, withToken, wrong, kerberos);
            Map<String, String> environment = Map.of(
                    "AWS_ACCESS_KEY_ID", ACCESS_KEY,
                    "AWS_SECRET_ACCESS_KEY", SECRET_KEY,
                    "AWS_SESSION_TOKEN", SESSION_TOKEN,
                    "BERTH_S3_ENCRYPTION_KEY", ENCRYPTION_KEY);
            Process runner = berth.start(environment, "run", suite, "--out", berth.results());
            while (!runner.waitFor(50, TimeUnit.MILLISECONDS)) {
                Stream.concat(Stream.of(runner.toHandle()), runner.descendants())
                        .map(RealBerth::arguments)
                        .forEach(arguments::add);
            }
            assertThat(runner.exitValue())
                    .as(Files.readString(temp.resolve("runner.log")))
                    .isEqualTo(4);
        }

        assertThat(arguments).anyMatch(line -> line.contains("org.apache.spark.deploy.SparkSubmit"));
        assertThat(arguments).allSatisfy(SecretsIT::assertNone);
        List<Path> left = files(berth.results());
        assertThat(left)
                .extracting(file -> file.getFileName().toString())
                .contains(
                        "plan.json",
                        "report.html",
                        "block1-throughput-by-file.log",
                        "block1-throughput-by-environment.log");
        for (String profile : List.of("by-file", "by-environment", "with-token")) {
            assertThat(berth.attempt("block1-throughput-" + profile).outcome())
                    .as(profile)
                    .isInstanceOf(TrialOutcome.Completed.class);
        }
        for (String profile : List.of("wrong", "kerberos")) {
            assertThat(berth.attempt("block1-throughput-" + profile).outcome())
                    .as(profile)
                    .isInstanceOf(TrialOutcome.Failed.class);
        }
        left.add(temp.resolve("runner.log"));
        for (Path file : left) {
            assertThat(text(file)).as(file.toString()).satisfies(SecretsIT::assertNone);
        }
        for (String shown : List.of(
                berth.out("report", berth.results(), "--format", "text"),
                berth.out("report", berth.results(), "--format", "json"),
                berth.out("explain", berth.results(), "throughput/with-token"))) {
            assertThat(shown).contains("with-token").satisfies(SecretsIT::assertNone);
        }
    }

    /** Large trials are compressed, and hide in that form what they hold. */
    private static String text(Path file) throws IOException {
        try (InputStream raw = Files.newInputStream(file);
                InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private Path wrongSecret() throws IOException {
        return Files.writeString(
                temp.resolve("wrong.credentials"),
                "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n".formatted(ACCESS_KEY, WRONG_KEY));
    }

    /** Site files that say where a keytab is, of a cluster that doesn't answer. */
    private Path byKeytab(RealBerth berth, Path keytab) throws IOException {
        Path site = Files.createDirectory(temp.resolve("site"));
        Files.writeString(site.resolve("core-site.xml"), "<configuration/>");
        Files.writeString(site.resolve("hdfs-site.xml"), """
                <configuration>
                  <property><name>dfs.web.authentication.kerberos.keytab</name><value>%s</value></property>
                </configuration>
                """.formatted(keytab));
        return berth.profile("kerberos", """
                backend: hdfs-external
                description: the user's
                accessType: distributed
                settings:
                  uri: hdfs://127.0.0.1:1/user/me/berth
                  webAddress: http://127.0.0.1:1
                  siteDirectory: %s
                """.formatted(site));
    }

    private static Path byEnvironment(RealBerth berth, String name, Server server, String sessionTokenVariable)
            throws IOException {
        return berth.profile(name, """
                backend: s3-external
                description: the user's
                accessType: object
                settings:
                  endpoint: http://127.0.0.1:%d
                  region: us-east-1
                  bucket: %s
                  pathStyle: true
                  credentials: environment
                  sessionTokenVariable: %s
                  encryption: SSE-C
                """.formatted(server.port("port"), ExternalS3.BUCKET, sessionTokenVariable));
    }

    private static void assertNone(String text) {
        assertThat(text).doesNotContain(ACCESS_KEY, SECRET_KEY, WRONG_KEY, SESSION_TOKEN, ENCRYPTION_KEY, KEYTAB);
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            return new java.util.ArrayList<>(tree.filter(Files::isRegularFile).toList());
        }
    }
}

package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.results.TrialOutcome;
import io.berth.storage.server.Server;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plants secrets and looks for them in everything that a run leaves or shows. */
class SecretsIT {
    private static final String ACCESS_KEY = "PLANTEDACCESSKEY7Q";
    private static final String SECRET_KEY = "planted-secret-key-8w5zu";
    private static final String SESSION_TOKEN = "planted-session-token-1r4tz";

    @TempDir
    private Path temp;

    @Test
    void noSecretIsInAnArgumentALogAResultOrAReport() throws Exception {
        RealBerth berth = new RealBerth(temp);
        Path credentials = Files.writeString(
                temp.resolve("credentials"),
                "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n".formatted(ACCESS_KEY, SECRET_KEY));
        Set<String> arguments = new HashSet<>();
        try (Server server = ExternalS3.start(Files.createDirectory(temp.resolve("user")), ACCESS_KEY, SECRET_KEY)) {
            Path byFile = ExternalS3.profile(berth, "by-file", server, ExternalS3.BUCKET, credentials);
            Path byEnvironment = byEnvironment(berth, "by-environment", server, "BERTH_TEST_UNSET");
            // The server knows no session tokens and refuses this one: messages of failures must keep secrets, too.
            Path withToken = byEnvironment(berth, "with-token", server, "AWS_SESSION_TOKEN");
            Path suite = berth.suite("""
                    - name: throughput
                      warmup: 0
                      iterations: 1
                      parameters: {files: 1, fileMiB: 1, randomReads: 1}
                    """, byFile, byEnvironment, withToken);
            Map<String, String> environment = Map.of(
                    "AWS_ACCESS_KEY_ID", ACCESS_KEY,
                    "AWS_SECRET_ACCESS_KEY", SECRET_KEY,
                    "AWS_SESSION_TOKEN", SESSION_TOKEN);
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
        assertThat(berth.attempt("block1-throughput-by-environment").outcome())
                .isInstanceOf(TrialOutcome.Completed.class);
        assertThat(berth.attempt("block1-throughput-with-token").outcome()).isInstanceOf(TrialOutcome.Failed.class);
        left.add(temp.resolve("runner.log"));
        for (Path file : left) {
            assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                    .as(file.toString())
                    .satisfies(SecretsIT::assertNone);
        }
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
                """.formatted(server.port("port"), ExternalS3.BUCKET, sessionTokenVariable));
    }

    private static void assertNone(String text) {
        assertThat(text).doesNotContain(ACCESS_KEY, SECRET_KEY, SESSION_TOKEN);
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            return new java.util.ArrayList<>(tree.filter(Files::isRegularFile).toList());
        }
    }
}

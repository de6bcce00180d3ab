package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.results.Attempt;
import io.berth.model.results.TrialOutcome;
import io.berth.storage.server.Server;
import io.berth.storage.server.ServerCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real KDC, two real NameNodes and real Spark: what an HDFS with Kerberos does to a run. */
@Tag("long")
class SecureHdfsIT {
    @TempDir
    private Path temp;

    private Path lab;
    private Server hdfs;

    @BeforeEach
    void start() throws IOException {
        lab = Files.createDirectory(temp.resolve("lab"));
        hdfs = Server.start(new ServerCommand(
                "the user's HDFS",
                "hdfs/target/secure",
                "io.berth.server.hdfs.SecureHdfs",
                List.of(lab.toString()),
                512,
                Map.of(),
                temp.resolve("user-hdfs.log"),
                Duration.ofMinutes(3)));
    }

    @AfterEach
    void stop() {
        hdfs.close();
    }

    @Test
    void aTrialSurvivesItsNameNodeAndWhateverIsWrongWithKerberosIsARow() throws Exception {
        RealBerth berth = new RealBerth(temp);
        Path deadKdc = settings("dead.conf", 1);
        Path strictKdc = settings("strict.conf", hdfs.port("strict"));
        List<Path> profiles = new ArrayList<>(List.of(profile(berth, "good", Map.of())));
        Map<String, Map<String, Object>> wrong = Map.of(
                "unknown-principal", Map.of("principal", "nobody@BERTH.TEST", "keytab", lab.resolve("nobody.keytab")),
                "no-keytab", Map.of("keytab", temp.resolve("none.keytab")),
                "others-keytab", Map.of("keytab", lab.resolve("other.keytab")),
                "stale-keytab", Map.of("keytab", lab.resolve("stale.keytab")),
                "no-kdc", Map.of("krb5Conf", deadKdc),
                "skew", Map.of("krb5Conf", strictKdc, "keytab", lab.resolve("strict.keytab")),
                "standby", Map.of("siteDirectory", lab.resolve("standby")));
        for (Map.Entry<String, Map<String, Object>> it : wrong.entrySet()) {
            profiles.add(profile(berth, it.getKey(), it.getValue()));
        }
        CompletableFuture<Void> failover = CompletableFuture.runAsync(() -> {
            RealBerth.awaitText(berth.results().resolve("logs/block1-throughput-good.records.jsonl"), "\"index\":0");
            control("kill/0");
            control("active/1");
        });
        Path suite = berth.suite("""
                - name: throughput
                  warmup: 0
                  iterations: 30
                  timeLimit: 120
                  parameters: {files: 2, fileMiB: 1, randomReads: 2}
                """, profiles.toArray());

        int exitCode = berth.run("run", suite, "--out", berth.results());

        assertThat(exitCode).as(berth.log()).isEqualTo(4);
        Attempt good = berth.attempt("block1-throughput-good");
        assertThat(good.outcome()).as(good.toString()).isInstanceOf(TrialOutcome.Completed.class);
        failover.get();
        assertThat(good.warnings())
                .filteredOn(warning -> warning.code().equals("failover"))
                .hasSize(1);
        assertThat(control("runs/1")).isEmpty();
        assertThat(reason(berth, "unknown-principal")).contains("the KDC doesn't know nobody@BERTH.TEST");
        assertThat(reason(berth, "no-keytab")).contains("keytab %s/none.keytab can't be read".formatted(temp));
        assertThat(reason(berth, "others-keytab")).contains("other.keytab holds no key of bench@BERTH.TEST");
        assertThat(reason(berth, "stale-keytab")).contains("stale.keytab isn't that of bench@BERTH.TEST any more");
        assertThat(reason(berth, "no-kdc")).contains("no KDC answers", "Connection refused");
        assertThat(reason(berth, "skew")).contains("the clocks of this machine and the KDC are too far apart");
        assertThat(reason(berth, "standby")).contains("none is the active one");
        assertNoKey(berth.results());
    }

    private Path profile(RealBerth berth, String name, Map<String, Object> other) throws IOException {
        Map<String, Object> settings = new java.util.TreeMap<>(Map.of(
                "uri", "hdfs://lab/user/bench/berth",
                "siteDirectory", lab.resolve("site"),
                "caFile", lab.resolve("authority.pem"),
                "principal", "bench@BERTH.TEST",
                "keytab", lab.resolve("bench.keytab"),
                "krb5Conf", lab.resolve("krb5.conf")));
        settings.putAll(other);
        StringBuilder yaml = new StringBuilder("""
                backend: hdfs-external
                description: the user's
                accessType: distributed
                settings:
                """);
        settings.forEach((key, value) -> yaml.append("  %s: %s%n".formatted(key, value)));
        return berth.profile(name, yaml.toString());
    }

    /** Those of the KDC, with another port of it. */
    private Path settings(String name, int port) throws IOException {
        return Files.writeString(
                temp.resolve(name),
                Files.readString(lab.resolve("krb5.conf")).replace(":" + hdfs.port("kdc"), ":" + port));
    }

    private String control(String what) {
        try {
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(
                                            URI.create("http://127.0.0.1:%d/%s".formatted(hdfs.port("control"), what)))
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return answer.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String reason(RealBerth berth, String profile) throws IOException {
        for (JsonNode cell : berth.cells()) {
            if (cell.path("profile").textValue().equals(profile)) {
                assertThat(cell.path("outcome").textValue()).isEqualTo("failed");
                return cell.path("reason").textValue();
            }
        }
        throw new AssertionError("no cell of " + profile);
    }

    /** The last bytes of a keytab are of its key. */
    private void assertNoKey(Path results) throws IOException {
        byte[] keytab = Files.readAllBytes(lab.resolve("bench.keytab"));
        String key = new String(
                Arrays.copyOfRange(keytab, keytab.length - 12, keytab.length - 4), StandardCharsets.ISO_8859_1);
        try (Stream<Path> tree = Files.walk(results)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(key);
            }
        }
    }
}

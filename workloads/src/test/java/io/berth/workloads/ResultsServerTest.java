package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsServerTest {
    @TempDir
    private Path temp;

    private Path results;
    private ResultsServer server;

    @BeforeEach
    void start() throws IOException {
        results = Files.createDirectory(temp.resolve("results"));
        Files.writeString(results.resolve("records.jsonl"), "0123456789");
        Files.writeString(temp.resolve("secret"), "not for anybody");
        server = ResultsServer.start(results, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aFileComesWhole() throws Exception {
        HttpResponse<String> response = send("GET", "records.jsonl", "");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("0123456789");
    }

    @Test
    void aRehearsalEndsAndLeavesNothing() throws Exception {
        Path stage = Files.createDirectory(temp.resolve("stage"));

        ResultsServer.rehearse(stage);

        assertThat(stage).isEmptyDirectory();
    }

    @Test
    void aRangeComesAlone() throws Exception {
        assertThat(send("GET", "records.jsonl", "bytes=3-5").body()).isEqualTo("345");
        HttpResponse<String> rest = send("GET", "records.jsonl", "bytes=7-");
        assertThat(rest.statusCode()).isEqualTo(206);
        assertThat(rest.body()).isEqualTo("789");
        assertThat(rest.headers().firstValue("Content-Range")).contains("bytes 7-9/10");
        assertThat(send("GET", "records.jsonl", "bytes=10-").statusCode()).isEqualTo(416);
        assertThat(send("GET", "records.jsonl", "lines=1-2").statusCode()).isEqualTo(400);
    }

    @Test
    void lengthAndDigestAreThoseOfTheMoment() throws Exception {
        assertThat(head()).isEqualTo("10 " + digest("0123456789"));

        Files.writeString(results.resolve("records.jsonl"), "abc", StandardOpenOption.APPEND);

        assertThat(head()).isEqualTo("13 " + digest("0123456789abc"));
    }

    @Test
    void nothingElseIsServed() throws Exception {
        assertThat(send("GET", "absent", "").statusCode()).isEqualTo(404);
        assertThat(send("GET", "", "").statusCode()).isEqualTo(404);
        assertThat(send("GET", "%2e%2e/secret", "").statusCode()).isEqualTo(404);
        assertThat(send("GET", "..%2fsecret", "").statusCode()).isEqualTo(404);
        assertThat(send("DELETE", "records.jsonl", "").statusCode()).isEqualTo(405);
        assertThat(results.resolve("records.jsonl")).exists();
    }

    private String head() throws Exception {
        HttpResponse<String> response = send("HEAD", "records.jsonl", "");
        return response.headers().firstValue("Content-Length").orElse("") + " "
                + response.headers().firstValue("Repr-Digest").orElse("");
    }

    private static String digest(String text) throws Exception {
        byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return "sha-256=:" + Base64.getEncoder().encodeToString(sha256) + ":";
    }

    private HttpResponse<String> send(String method, String path, String range) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%d/%s".formatted(server.port(), path)))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (!range.isEmpty()) {
            request.header("Range", range);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}

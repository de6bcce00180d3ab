package io.berth.runner.submit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a server that breaks off, lies, stalls and is late. */
@Timeout(60)
class ResultsTransportTest {
    private static final int TWENTY_MB = 20_000_000;

    @TempDir
    private Path temp;

    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private byte[] content = new byte[TWENTY_MB];
    private int mostPerAnswer = Integer.MAX_VALUE;
    private boolean lies;
    private Runnable stalled = () -> {};
    private final AtomicInteger stalls = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        new Random(1).nextBytes(content);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    @AfterEach
    void stop() {
        over.countDown();
        server.stop(0);
        threads.shutdown();
    }

    @Test
    void twentyMegabytesArriveIntactOverAConnectionThatBreaks() throws IOException {
        mostPerAnswer = 3_000_000;

        assertThat(transport().fetch("records.jsonl", target(), Duration.ofSeconds(60)))
                .isTrue();

        assertThat(Files.readAllBytes(target())).isEqualTo(content);
        assertThat(requests).as("each piece once").hasValue(7);
        assertThat(closed).hasValue(opened.get());
    }

    @Test
    void aFileThatIsNotThereIsNoError() throws IOException {
        assertThat(transport().fetch("absent", target(), Duration.ofSeconds(60)))
                .isFalse();

        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void anEmptyFileArrives() throws IOException {
        content = new byte[0];

        assertThat(transport().fetch("records.jsonl", target(), Duration.ofSeconds(60)))
                .isTrue();

        assertThat(target()).isEmptyFile();
    }

    @Test
    void whatIsNotWhatTheServerHasIsNotKept() {
        content = Arrays.copyOf(content, 1000);
        lies = true;

        assertThatThrownBy(() -> transport().fetch("records.jsonl", target(), Duration.ZERO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("records.jsonl has 1000 bytes with SHA-256");
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void aServerThatNobodyReachesIsTriedForAsLongAsPatienceLasts() {
        AtomicInteger tries = new AtomicInteger();
        ResultsTransport transport = new ResultsTransport(
                () -> {
                    tries.incrementAndGet();
                    throw new IOException("nobody there");
                },
                () -> true);

        assertThatThrownBy(() -> transport.fetch("records.jsonl", target(), Duration.ofMillis(500)))
                .hasMessage("nobody there");
        assertThat(tries).hasValueGreaterThan(1);
    }

    @Test
    void aConnectionThatSaysNothingAnyMoreIsReplaced() throws IOException {
        stalls.set(1);

        assertThat(transport().fetch("records.jsonl", target(), Duration.ofSeconds(60)))
                .isTrue();

        assertThat(Files.readAllBytes(target())).isEqualTo(content);
        assertThat(opened).hasValue(2);
    }

    @Test
    void aServerThatAlwaysStallsIsGivenUp() {
        stalls.set(Integer.MAX_VALUE);
        content = Arrays.copyOf(content, 1);

        assertThatThrownBy(() -> transport().fetch("records.jsonl", target(), Duration.ofMillis(500)))
                .hasMessage("nothing has come for 0 s");
        assertThat(closed).hasValue(opened.get());
    }

    @Test
    void whoDoesNotWantToGoOnDoesNotWait() {
        stalls.set(Integer.MAX_VALUE);
        AtomicBoolean goOn = new AtomicBoolean(true);
        stalled = () -> goOn.set(false);
        ResultsTransport transport = new ResultsTransport(this::connection, goOn::get, Duration.ofMinutes(10));

        assertThatThrownBy(() -> transport.fetch("records.jsonl", target(), Duration.ofMinutes(10)))
                .hasMessage("interrupted");
    }

    private Path target() {
        return temp.resolve("target");
    }

    private ResultsTransport transport() {
        return new ResultsTransport(this::connection, () -> true, Duration.ofMillis(600));
    }

    private ResultsTransport.Connection connection() {
        opened.incrementAndGet();
        return new ResultsTransport.Connection(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                closed::incrementAndGet,
                Optional::empty);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestURI().getPath().equals("/records.jsonl")) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(content.length));
                exchange.getResponseHeaders().set("Repr-Digest", "sha-256=:" + digest() + ":");
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            requests.incrementAndGet();
            String[] range = exchange.getRequestHeaders()
                    .getFirst("Range")
                    .replace("bytes=", "")
                    .split("-", -1);
            int from = Integer.parseInt(range[0]);
            int length = Integer.parseInt(range[1]) - from + 1;
            exchange.sendResponseHeaders(206, length);
            byte[] sent = lies ? new byte[content.length] : content;
            if (stalls.getAndDecrement() > 0) {
                exchange.getResponseBody().write(sent, from, length / 2);
                exchange.getResponseBody().flush();
                stalled.run();
                awaitTheEnd();
                return;
            }
            exchange.getResponseBody().write(sent, from, Math.min(length, mostPerAnswer));
            exchange.getResponseBody().flush();
        }
    }

    private void awaitTheEnd() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String digest() {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

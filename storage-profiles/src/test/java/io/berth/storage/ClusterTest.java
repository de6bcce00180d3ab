package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against an API server that prints a log. */
@Timeout(60)
class ClusterTest {
    private static final byte[] PRINTED = "one line and no more\n".getBytes(StandardCharsets.UTF_8);

    private final CountDownLatch over = new CountDownLatch(1);
    private boolean stalls;
    private HttpServer server;
    private Cluster cluster;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/v1/namespaces/bench/pods/p/log", this::print);
        server.start();
        cluster = MockCluster.of(
                new KubernetesClientBuilder()
                        .withConfig(new ConfigBuilder()
                                .withAutoConfigure(false)
                                .withMasterUrl("http://127.0.0.1:"
                                        + server.getAddress().getPort())
                                .build())
                        .build(),
                "bench");
    }

    @AfterEach
    void stop() {
        over.countDown();
        server.stop(0);
        cluster.close();
    }

    @Test
    void aLogIsCopiedWhole() throws IOException {
        assertThat(cluster.log("p", "driver")).isEqualTo(new String(PRINTED, StandardCharsets.UTF_8));
    }

    @Test
    void aLogThatEndsInTheMiddleWithoutAnEndIsNotWaitedForForEver() {
        stalls = true;
        assertThatThrownBy(() -> cluster.log("p", "driver", OutputStream.nullOutputStream(), Duration.ofSeconds(1)))
                .isInstanceOf(IOException.class)
                .hasMessage("the log of pod p can't be had: nothing has come for 1 s");
    }

    @Test
    void aPodThatIsNotThereHasNoLog() {
        assertThatThrownBy(() -> cluster.log("absent", "driver"))
                .isInstanceOf(IOException.class)
                .hasMessage("the log of pod absent was answered with status 404");
    }

    private void print(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(200, PRINTED.length);
            exchange.getResponseBody().write(PRINTED, 0, stalls ? 10 : PRINTED.length);
            exchange.getResponseBody().flush();
            if (stalls) {
                over.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

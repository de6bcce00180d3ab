package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.berth.model.results.Counter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DataNodesTest {
    private HttpServer server;
    private String bean = "";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/jmx", exchange -> {
            byte[] answer = ("{\"beans\": [" + bean + "]}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private URL address() throws IOException {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/jmx")
                .toURL();
    }

    private static String bean(int bytesRead, int readMillis, int packets, double blockedNanos) {
        return """
                {"name": "Hadoop:service=DataNode,name=DataNodeActivity-here-9866", "BytesRead": %d, "BytesWritten": 0,
                 "TotalReadTime": %d, "TotalWriteTime": 0,
                 "SendDataPacketBlockedOnNetworkNanosNumOps": %d, "SendDataPacketBlockedOnNetworkNanosAvgTime": %s,
                 "PacketAckRoundTripTimeNanosNumOps": 0, "PacketAckRoundTripTimeNanosAvgTime": 0.0}
                """.formatted(bytesRead, readMillis, packets, blockedNanos);
    }

    private static Map<String, Long> taken(DataNodes nodes) {
        return nodes.take().stream().collect(Collectors.toMap(Counter::name, Counter::value));
    }

    @Test
    void whatWasAddedIsToldAndARateIsItsOperationsTimesTheirMean() throws IOException {
        DataNodes nodes = new DataNodes(List.of(address()));
        bean = bean(1000, 5, 10, 7000);
        assertThat(taken(nodes)).as("nothing to compare with").isEmpty();

        bean = bean(4000, 9, 30, 2000);
        assertThat(taken(nodes))
                .containsEntry("bytesRead", 3000L)
                .containsEntry("readMillis", 4L)
                .containsEntry("sentPackets", 20L)
                .containsEntry("sendBlockedNanos", 40_000L)
                .containsEntry("packetAckNanos", 0L);

        assertThat(taken(nodes)).containsEntry("sendBlockedNanos", 0L).containsEntry("bytesRead", 0L);
    }

    @Test
    void aNodeThatDoesNotAnswerMakesAllOfThemUnknown() throws IOException {
        URL gone = URI.create("http://127.0.0.1:1/jmx").toURL();
        bean = bean(1, 1, 1, 1);
        DataNodes nodes = new DataNodes(List.of(address(), gone));

        nodes.take();

        assertThat(nodes.take()).isEmpty();
    }
}

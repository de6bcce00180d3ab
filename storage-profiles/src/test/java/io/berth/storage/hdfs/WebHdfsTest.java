package io.berth.storage.hdfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With answers of NameNodes, as Hadoop words them. */
class WebHdfsTest {
    private static final String STANDBY =
            "{\"RemoteException\": {\"exception\": \"StandbyException\", \"message\": \"Operation category READ is not supported in state standby\"}}";

    private final List<HttpServer> servers = new ArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
    }

    @Test
    void theNameNodeThatIsActiveIsFoundAndAskedFromThenOn() throws IOException {
        URI standby = nameNode(403, STANDBY, "");
        URI active = nameNode(200, "{\"FileStatus\": {}}", "");
        WebHdfs web =
                new WebHdfs(List.of(URI.create("http://127.0.0.1:1"), standby, active), "me", Duration.ofMinutes(1));

        assertThat(web.exists("/")).isTrue();
        int first = asked.getAndSet(0);
        assertThat(web.within(Duration.ofMinutes(2)).exists("/")).isTrue();

        assertThat(first).isEqualTo(2);
        assertThat(asked).hasValue(1);
    }

    @Test
    void ifAllAreOnStandbyThatIsTheReason() throws IOException {
        WebHdfs web = new WebHdfs(
                List.of(nameNode(403, STANDBY, ""), nameNode(403, STANDBY, "")), "me", Duration.ofMinutes(1));

        assertThatThrownBy(() -> web.exists("/")).hasMessageContaining("StandbyException: Operation category READ");
    }

    @Test
    void anAnswerThatAsksForKerberosIsExplained() throws IOException {
        WebHdfs web = new WebHdfs(List.of(nameNode(401, "", "Negotiate")), "me", Duration.ofMinutes(1));

        assertThatThrownBy(() -> web.exists("/"))
                .hasMessageContaining("it asks for Kerberos; name site files that say so, a principal and a keytab");
    }

    private URI nameNode(int status, String body, String authenticate) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.incrementAndGet();
            if (!authenticate.isEmpty()) {
                exchange.getResponseHeaders().add("WWW-Authenticate", authenticate);
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        servers.add(server);
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }
}

package io.berth.runner;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands before a real S3 server and tells S3A to slow down at every twelfth of its reads and writes, as Amazon does (503) and
 * as others do (429) in turn; all else goes through.
 * One request a connection.
 */
final class SlowingProxy implements AutoCloseable {
    private static final int EVERY = 12;
    private static final Pattern LENGTH = Pattern.compile("(?im)^content-length: *(\\d+)");
    private static final String SLOW_DOWN = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate."
            + "</Message><RequestId>1</RequestId></Error>";

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int behind;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger slowed = new AtomicInteger();

    private SlowingProxy(int behind) throws IOException {
        this.behind = behind;
        start(this::accept);
    }

    /** Before the server at that port of this machine. */
    static SlowingProxy before(int port) throws IOException {
        return new SlowingProxy(port);
    }

    int port() {
        return socket.getLocalPort();
    }

    /** How many requests were told to slow down. */
    int slowed() {
        return slowed.get();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = socket.accept();
                start(() -> serve(client));
            }
        } catch (IOException e) {
            // Closed: the test is over.
        }
    }

    private static void start(Runnable body) {
        Thread thread = new Thread(body, "slowing-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(Socket client) {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), behind)) {
            InputStream in = client.getInputStream();
            OutputStream out = client.getOutputStream();
            String head = head(in);
            if (head.isEmpty()) {
                return;
            }
            if (head.toLowerCase(Locale.ROOT).contains("100-continue")) {
                out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            }
            Matcher length = LENGTH.matcher(head);
            byte[] body = in.readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
            if (head.contains("Hadoop")
                    && head.matches("(?s)(GET|PUT) .*")
                    && requests.incrementAndGet() % EVERY == 0) {
                String status = slowed.incrementAndGet() % 2 == 0 ? "503 Slow Down" : "429 Too Many Requests";
                out.write(("HTTP/1.1 " + status + "\r\nContent-Type: application/xml\r\nContent-Length: "
                                + SLOW_DOWN.length() + "\r\nConnection: close\r\n\r\n" + SLOW_DOWN)
                        .getBytes(StandardCharsets.ISO_8859_1));
                return;
            }
            server.getOutputStream()
                    .write((head.replaceAll("(?im)^(expect|connection):.*\r\n", "") + "Connection: close\r\n\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            server.getOutputStream().write(body);
            server.getOutputStream().flush();
            server.getInputStream().transferTo(out);
        } catch (IOException e) {
            // One of the two has gone; the other will notice.
        }
    }

    /** Without the empty line at its end; empty if nothing came. */
    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int next = in.read();
        while (next >= 0) {
            head.write(next);
            String text = head.toString(StandardCharsets.ISO_8859_1);
            if (text.endsWith("\r\n\r\n")) {
                return text.substring(0, text.length() - 2);
            }
            next = in.read();
        }
        return "";
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

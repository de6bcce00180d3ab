package io.berth.workloads;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Serves the files of a directory to the runner, in a container beside the driver's, so that what a driver has written
 * outlives it. Ranges let a transfer go on where it broke off, and {@code Repr-Digest} (RFC 9530) is the SHA-256 of what
 * {@code Content-Length} bytes there were when the header was asked for; a file that still grows has another one later.
 */
public final class ResultsServer implements AutoCloseable {
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{1,18})-([0-9]{1,18})?");
    private static final int BUFFER = 1 << 16;

    /** Enough for the JVM to compile the digest. */
    private static final int REHEARSED_BYTES = 1 << 20;

    private final Path directory;
    private final HttpServer server;

    private ResultsServer(Path directory, HttpServer server) {
        this.directory = directory;
        this.server = server;
    }

    /** Serves until it is killed. */
    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            System.err.println("usage: ResultsServer DIRECTORY PORT");
            System.exit(2);
        }
        start(Path.of(args[0]), new InetSocketAddress(Integer.parseInt(args[1])));
        rehearse(Path.of(System.getProperty("java.io.tmpdir")));
    }

    /**
     * Answers a request of its own. The first answer takes a tenth of a second of processor time, mostly for loading classes,
     * which is more than a second of the little that the container has: better while the driver starts than when a runner waits.
     *
     * @param temporary a directory for a file that it serves
     */
    static void rehearse(Path temporary) throws IOException {
        Path file = Files.createTempFile(temporary, "rehearsal", "");
        InetAddress here = InetAddress.getLoopbackAddress();
        try (ResultsServer server = start(temporary, new InetSocketAddress(here, 0))) {
            Files.write(file, new byte[REHEARSED_BYTES]);
            for (String method : List.of("HEAD", "GET")) {
                String request = "%s /%s HTTP/1.1\r\nHost: here\r\nRange: bytes=0-%d\r\nConnection: close\r\n\r\n"
                        .formatted(method, file.getFileName(), REHEARSED_BYTES - 1);
                try (Socket socket = new Socket(here, server.port())) {
                    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                    socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                }
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    static ResultsServer start(Path directory, InetSocketAddress address) throws IOException {
        HttpServer server = HttpServer.create(address, 0);
        ResultsServer results = new ResultsServer(directory, server);
        server.createContext("/", results::answer);
        server.start();
        return results;
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String name = exchange.getRequestURI().getPath().substring(1);
            Path file = directory.resolve(name);
            if (name.isEmpty() || name.contains("/") || name.equals("..") || !Files.isRegularFile(file)) {
                exchange.sendResponseHeaders(HttpURLConnection.HTTP_NOT_FOUND, -1);
                return;
            }
            long length = Files.size(file);
            switch (exchange.getRequestMethod()) {
                case "HEAD" -> {
                    exchange.getResponseHeaders().set("Content-Length", Long.toString(length));
                    exchange.getResponseHeaders().set("Repr-Digest", "sha-256=:" + digest(file, length) + ":");
                    exchange.sendResponseHeaders(HttpURLConnection.HTTP_OK, -1);
                }
                case "GET" -> send(exchange, file, length);
                default -> exchange.sendResponseHeaders(HttpURLConnection.HTTP_BAD_METHOD, -1);
            }
        }
    }

    private static void send(HttpExchange exchange, Path file, long length) throws IOException {
        String asked = exchange.getRequestHeaders().getFirst("Range");
        Matcher range = RANGE.matcher(asked == null ? "bytes=0-" : asked);
        if (!range.matches()) {
            exchange.sendResponseHeaders(HttpURLConnection.HTTP_BAD_REQUEST, -1);
            return;
        }
        long first = Long.parseLong(range.group(1));
        long last = range.group(2) == null ? length - 1 : Math.min(length - 1, Long.parseLong(range.group(2)));
        if (first > last) {
            exchange.getResponseHeaders().set("Content-Range", "bytes */" + length);
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        if (asked != null) {
            exchange.getResponseHeaders().set("Content-Range", "bytes %d-%d/%d".formatted(first, last, length));
        }
        exchange.sendResponseHeaders(
                asked == null ? HttpURLConnection.HTTP_OK : HttpURLConnection.HTTP_PARTIAL, last - first + 1);
        try (InputStream in = Files.newInputStream(file);
                OutputStream out = exchange.getResponseBody()) {
            in.skipNBytes(first);
            byte[] buffer = new byte[BUFFER];
            long left = last - first + 1;
            while (left > 0) {
                int read = in.readNBytes(buffer, 0, (int) Math.min(left, BUFFER));
                out.write(buffer, 0, read);
                left -= read;
            }
        }
    }

    private static String digest(Path file, long length) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER];
            for (long left = length; left > 0; ) {
                int read = in.readNBytes(buffer, 0, (int) Math.min(left, BUFFER));
                digest.update(buffer, 0, read);
                left -= read;
            }
            return Base64.getEncoder().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

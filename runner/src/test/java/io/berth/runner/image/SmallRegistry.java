package io.berth.runner.image;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A registry in this process: as much of the distribution protocol as pushing and pulling one image takes. */
final class SmallRegistry implements AutoCloseable {
    private final HttpsServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<String, byte[]> manifests = new ConcurrentHashMap<>();
    private final Map<String, byte[]> uploads = new ConcurrentHashMap<>();
    private final boolean readOnly;

    private SmallRegistry(Path directory, boolean readOnly) throws Exception {
        this.readOnly = readOnly;
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(selfSigned(directory)));
        server.setExecutor(threads);
        server.createContext("/v2/", this::serve);
        server.start();
    }

    /** One in an empty directory, with a certificate that nobody vouches for. */
    static SmallRegistry start(Path directory) throws Exception {
        return new SmallRegistry(directory, false);
    }

    /** One that takes nothing. */
    static SmallRegistry startReadOnly(Path directory) throws Exception {
        return new SmallRegistry(directory, true);
    }

    String address() {
        return "localhost:" + server.getAddress().getPort();
    }

    Map<String, byte[]> blobs() {
        return blobs;
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            String last = path.substring(path.lastIndexOf('/') + 1);
            if (path.equals("/v2/")) {
                answer(exchange, 200, new byte[0]);
            } else if (exchange.getRequestMethod().matches("GET|HEAD")) {
                byte[] found = (path.contains("/blobs/") ? blobs : manifests).get(last);
                answer(exchange, found == null ? 404 : 200, found == null ? new byte[0] : found);
            } else if (readOnly) {
                answer(exchange, 403, new byte[0]);
            } else {
                take(exchange, path, last, body);
            }
        }
    }

    private void take(HttpExchange exchange, String path, String last, byte[] body) throws IOException {
        switch (exchange.getRequestMethod()) {
            case "POST" -> {
                exchange.getResponseHeaders()
                        .set("Location", path + "upload-" + uploads.size() + "-" + System.nanoTime());
                answer(exchange, 202, new byte[0]);
            }
            case "PATCH" -> {
                uploads.put(last, body);
                exchange.getResponseHeaders().set("Location", path);
                answer(exchange, 202, new byte[0]);
            }
            default -> {
                if (path.contains("/manifests/")) {
                    manifests.put(last, body);
                    manifests.put(digest(body), body);
                } else {
                    byte[] blob = uploads.remove(last);
                    blobs.put(digest(blob), blob);
                }
                answer(exchange, 201, new byte[0]);
            }
        }
    }

    private static SSLContext selfSigned(Path directory) throws Exception {
        Path file = directory.resolve("registry.p12");
        String password = "no secret";
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        password,
                        "-dname",
                        "CN=localhost",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "registry")
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException(said);
        }
        KeyStore keys = KeyStore.getInstance(file.toFile(), password.toCharArray());
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, password.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Docker-Distribution-Api-Version", "registry/2.0");
        if (body.length > 0) {
            exchange.getResponseHeaders().set("Docker-Content-Digest", digest(body));
            exchange.getResponseHeaders().set("Content-Type", "application/vnd.docker.distribution.manifest.v2+json");
        }
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            exchange.getResponseHeaders().set("Content-Length", "" + body.length);
        }
        exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
        if (!head && body.length > 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    private static String digest(byte[] bytes) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}

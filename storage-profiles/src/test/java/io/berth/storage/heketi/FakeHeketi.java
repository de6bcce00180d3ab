package io.berth.storage.heketi;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.berth.model.text.Formats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/**
 * As much of Heketi as berth uses, with its answers and none of its volumes, and with what can go wrong. It checks every
 * token, and calculates signatures by RFC 2104 alone.
 */
final class FakeHeketi implements AutoCloseable {
    private static final int BLOCK = 64;
    private static final long LEEWAY_SECONDS = 120;

    final Map<String, Volume> volumes = new LinkedHashMap<>();
    final List<JsonNode> creations = new ArrayList<>();

    /** How often the queue says that something is pending. */
    int pendingAnswers = 2;

    /** How often it is too busy to begin something. */
    int busyAnswers;

    /** How often it hangs up when it is asked for what is pending. */
    int hangUps;

    /** What is queued fails with it. */
    Optional<String> failure = Optional.empty();

    /** Whether it is a server of another kind. */
    boolean isAnother;

    /** Whether it knows nothing of what it has queued. */
    boolean forgets;

    private final HttpServer server;
    private final String key;
    private final int capacityGib;
    private final Map<String, Queued> queue = new LinkedHashMap<>();
    private int ids;

    record Volume(String name, long size) {}

    private static final class Queued {
        int pending;
        Optional<String> failure = Optional.empty();
        String location = "";
    }

    private record Answer(int status, String body, Map<String, String> headers) {
        Answer(int status, String body) {
            this(status, body, Map.of());
        }
    }

    FakeHeketi(String key, int capacityGib) throws IOException {
        this(key, capacityGib, HttpServer.create());
    }

    private FakeHeketi(String key, int capacityGib, HttpServer server) throws IOException {
        this.key = key;
        this.capacityGib = capacityGib;
        this.server = server;
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", this::serve);
        server.start();
    }

    /** One that speaks TLS. */
    static FakeHeketi secure(String key, int capacityGib, SSLContext context) throws IOException {
        HttpsServer server = HttpsServer.create();
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        return new FakeHeketi(key, capacityGib, server);
    }

    String endpoint() {
        return "%s://127.0.0.1:%d"
                .formatted(
                        server instanceof HttpsServer ? "https" : "http",
                        server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
    }

    synchronized String add(String name, int size) {
        String id = "id%d".formatted(++ids);
        volumes.put(id, new Volume(name, size));
        return id;
    }

    private static Map<String, Object> description(String id, Volume volume) {
        return Map.of(
                "id",
                id,
                "name",
                volume.name(),
                "size",
                volume.size(),
                "mount",
                Map.of(
                        "glusterfs",
                        Map.of(
                                "hosts",
                                List.of("gluster-1", "gluster-2"),
                                "device",
                                "gluster-1:" + volume.name(),
                                "options",
                                Map.of("backup-volfile-servers", "gluster-2"))));
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Optional<Answer> answer = answer(exchange, body);
            if (answer.isEmpty()) {
                // No answer: the connection is closed.
                return;
            }
            answer.get().headers().forEach(exchange.getResponseHeaders()::set);
            byte[] bytes = answer.get().body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.get().status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private synchronized Optional<Answer> answer(HttpExchange exchange, byte[] body) throws IOException {
        if (isAnother) {
            return Optional.of(new Answer(200, "<html>It works</html>"));
        }
        String path = exchange.getRequestURI().getPath();
        Optional<String> refusal = refusal(
                exchange.getRequestHeaders().getFirst("Authorization"), exchange.getRequestMethod() + "&" + path);
        if (refusal.isPresent()) {
            return Optional.of(new Answer(401, refusal.get() + "\n"));
        }
        List<String> parts = Arrays.asList(path.substring(1).split("/", -1));
        if (parts.get(0).equals("queue")) {
            if (hangUps > 0) {
                hangUps--;
                return Optional.empty();
            }
            return Optional.of(status(parts.get(1)));
        }
        String request = exchange.getRequestMethod() + "/" + parts.size();
        if (!exchange.getRequestMethod().equals("GET") && busyAnswers > 0) {
            busyAnswers--;
            return Optional.of(new Answer(429, "Server busy. Retry operation later.\n"));
        }
        Volume volume = parts.size() > 1 ? volumes.get(parts.get(1)) : new Volume("", 0);
        if (volume == null) {
            return Optional.of(new Answer(404, "Id not found\n"));
        }
        return Optional.of(
                switch (request) {
                    case "GET/1" -> json(Map.of("volumes", List.copyOf(volumes.keySet())));
                    case "GET/2" -> json(description(parts.get(1), volume));
                    case "POST/1" -> create(Formats.json().readTree(body));
                    case "POST/3" -> expand(parts.get(1), volume, Formats.json().readTree(body));
                    case "DELETE/2" -> {
                        if (failure.isEmpty()) {
                            volumes.remove(parts.get(1));
                        }
                        yield queued("");
                    }
                    default -> new Answer(404, "404 page not found\n");
                });
    }

    private Answer create(JsonNode request) {
        creations.add(request);
        String name = request.path("name").asText();
        int size = request.path("size").asInt();
        boolean taken = volumes.values().stream().anyMatch(volume -> name.equals(volume.name()));
        if (taken || size > capacityGib) {
            return new Answer(500, "Failed to allocate new volume: No space\n");
        }
        return queued(failure.isEmpty() ? "/volumes/" + add(name, size) : "");
    }

    private Answer expand(String id, Volume volume, JsonNode request) {
        volumes.put(
                id,
                new Volume(
                        volume.name(),
                        volume.size() + request.path("expand_size").asLong()));
        return queued("/volumes/" + id);
    }

    private Answer queued(String location) {
        Queued operation = new Queued();
        operation.pending = pendingAnswers;
        operation.failure = failure;
        operation.location = location;
        String id = "%032x".formatted(++ids);
        queue.put(id, operation);
        return new Answer(202, "", Map.of("Location", "/queue/" + id));
    }

    /** It forgets what it has told the end of. */
    private Answer status(String id) {
        Queued operation = queue.get(id);
        if (operation == null || forgets) {
            return new Answer(404, "Id not found\n");
        }
        if (operation.pending-- > 0) {
            return new Answer(200, "", Map.of("X-Pending", "true"));
        }
        queue.remove(id);
        if (operation.failure.isPresent()) {
            return new Answer(500, operation.failure.get() + "\n");
        }
        return operation.location.isEmpty()
                ? new Answer(204, "")
                : new Answer(303, "", Map.of("Location", operation.location));
    }

    private static Answer json(Object body) throws IOException {
        return new Answer(200, Formats.json().writeValueAsString(body), Map.of("Content-Type", "application/json"));
    }

    // --- tokens ----------------------------------------------------------------------

    private Optional<String> refusal(String header, String request) throws IOException {
        if (header == null || !header.startsWith("Bearer ")) {
            return Optional.of("Required authorization token not found");
        }
        String[] parts = header.substring("Bearer ".length()).split("\\.", -1);
        JsonNode head = Formats.json().readTree(Base64.getUrlDecoder().decode(parts[0]));
        JsonNode claims = Formats.json().readTree(Base64.getUrlDecoder().decode(parts[1]));
        long now = Instant.now().getEpochSecond();
        if (!head.path("alg").asText().equals("HS256")) {
            return Optional.of("Invalid JWT token: Unexpected signing method: " + head.path("alg"));
        }
        if (!claims.path("iss").asText().equals("admin")) {
            return Optional.of("Invalid JWT token: Unknown user");
        }
        if (claims.path("exp").asLong() <= now) {
            return Optional.of("Invalid JWT token: Token is expired by 1m0s");
        }
        if (now < claims.path("iat").asLong() - LEEWAY_SECONDS) {
            return Optional.of("Invalid JWT token: Token used before issued (client and server clocks may differ)");
        }
        byte[] expected = hmac(
                key.getBytes(StandardCharsets.UTF_8), (parts[0] + "." + parts[1]).getBytes(StandardCharsets.UTF_8));
        if (!Arrays.equals(expected, Base64.getUrlDecoder().decode(parts[2]))) {
            return Optional.of("Invalid JWT token: signature is invalid (client and server secrets may not match)");
        }
        return claims.path("qsh")
                        .asText()
                        .equals(HexFormat.of().formatHex(sha256(request.getBytes(StandardCharsets.UTF_8))))
                ? Optional.empty()
                : Optional.of("Invalid qsh claim in token");
    }

    /** RFC 2104, for keys no longer than a block. */
    static byte[] hmac(byte[] key, byte[] text) {
        byte[] inner = Arrays.copyOf(key, BLOCK);
        byte[] outer = Arrays.copyOf(key, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            inner[i] ^= 0x36;
            outer[i] ^= 0x5c;
        }
        return sha256(outer, sha256(inner, text));
    }

    private static byte[] sha256(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

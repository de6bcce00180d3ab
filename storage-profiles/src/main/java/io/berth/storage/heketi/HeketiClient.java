package io.berth.storage.heketi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.check.Trouble;
import io.berth.model.text.Formats;
import io.berth.storage.StorageUnavailable;
import io.berth.storage.TrustedAuthorities;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Heketi's REST API, as far as volumes go. Every request carries a token of its own, signed with the user's key. What takes
 * long is put into a queue and asked for until it has ended.
 *
 * @see <a href="https://github.com/heketi/heketi/blob/master/docs/api/api.md">Heketi's API</a>
 */
final class HeketiClient {
    /** Of one volume's making or removal, which takes seconds to a minute. */
    static final Duration LIMIT = Duration.ofMinutes(5);

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration TOKEN_LIFE = Duration.ofMinutes(5);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(2);
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int LONGEST_TEXT = 500;

    private final String profile;
    private final URI endpoint;
    private final String user;
    private final HeketiKey key;
    private final InstantSource clock;
    private final Duration limit;
    private final HttpClient http;

    /**
     * A client.
     *
     * @param profile     as messages call it
     * @param authorities to trust if not just the JVM's
     * @param clock       dates the tokens
     * @param limit       of a request that is queued
     */
    HeketiClient(
            String profile,
            URI endpoint,
            String user,
            HeketiKey key,
            Optional<TrustedAuthorities> authorities,
            InstantSource clock,
            Duration limit) {
        this.profile = profile;
        this.endpoint = endpoint;
        this.user = user;
        this.key = key;
        this.clock = clock;
        this.limit = limit;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_TIMEOUT);
        authorities.ifPresent(it -> builder.sslContext(it.context()));
        this.http = builder.build();
    }

    /**
     * The volume of that name. Heketi lists none that it is still making.
     *
     * @throws StorageUnavailable if Heketi can't be asked
     */
    Optional<HeketiVolume> find(String name) {
        String what = "list volumes";
        JsonNode list = json(what, require(what, ask(what, "GET", "/volumes", "")));
        for (JsonNode id : list.path("volumes")) {
            Optional<HeketiVolume> volume = byId(id.asText());
            if (volume.isPresent() && volume.get().name().equals(name)) {
                return volume;
            }
        }
        return Optional.empty();
    }

    /** Nothing if it has gone since it was listed. */
    private Optional<HeketiVolume> byId(String id) {
        String what = "describe volume " + id;
        HttpResponse<String> answer = ask(what, "GET", "/volumes/" + id, "");
        if (answer.statusCode() == HttpURLConnection.HTTP_NOT_FOUND) {
            return Optional.empty();
        }
        return Optional.of(volume(what, require(what, answer)));
    }

    /**
     * Makes a volume.
     *
     * @param request in Heketi's words
     * @throws StorageUnavailable with Heketi's reason
     */
    HeketiVolume create(Map<String, Object> request) {
        String what = "make volume %s of %s GiB".formatted(request.get("name"), request.get("size"));
        return result(what, queued(what, "POST", "/volumes", request));
    }

    /**
     * Makes a volume larger.
     *
     * @return as it is then
     * @throws StorageUnavailable with Heketi's reason
     */
    HeketiVolume expand(HeketiVolume volume, long moreGib) {
        String what = "expand volume %s of %d GiB by %d".formatted(volume.name(), volume.sizeGib(), moreGib);
        return result(
                what, queued(what, "POST", "/volumes/" + volume.id() + "/expand", Map.of("expand_size", moreGib)));
    }

    /**
     * Removes a volume with all that is on it; one that has gone already is no error.
     *
     * @throws StorageUnavailable with Heketi's reason
     */
    void delete(HeketiVolume volume) {
        queued("remove volume " + volume.name(), "DELETE", "/volumes/" + volume.id(), Map.of());
    }

    private HeketiVolume result(String what, String path) {
        return volume(what, require(what, ask(what, "GET", path, "")));
    }

    // --- the queue -------------------------------------------------------------------

    /**
     * Asks for something, and waits until it is done.
     *
     * @return where its result is; empty if it has none
     */
    private String queued(String what, String method, String path, Map<String, Object> body) {
        long deadline = System.nanoTime() + limit.toNanos();
        Duration pause = FIRST_PAUSE;
        HttpResponse<String> answer = ask(what, method, path, body.isEmpty() ? "" : text(body));
        while (answer.statusCode() == TOO_MANY_REQUESTS) {
            pause = rest(what, pause, deadline, "it answers that it is too busy");
            answer = ask(what, method, path, body.isEmpty() ? "" : text(body));
        }
        if (answer.statusCode() == HttpURLConnection.HTTP_NOT_FOUND && method.equals("DELETE")) {
            return "";
        }
        if (answer.statusCode() != HttpURLConnection.HTTP_ACCEPTED) {
            throw refused(what, answer);
        }
        String queue = location(what, answer);
        pause = FIRST_PAUSE;
        String pending = "it is still at it";
        while (true) {
            pause = rest(what, pause, deadline, pending);
            try {
                answer = send("GET", queue, "");
            } catch (IOException e) {
                // Of something that takes minutes a lost connection must not be the end.
                pending = e.toString();
                continue;
            }
            switch (answer.statusCode()) {
                case HttpURLConnection.HTTP_OK, TOO_MANY_REQUESTS, HttpURLConnection.HTTP_UNAVAILABLE ->
                    pending = "it is still at it";
                case HttpURLConnection.HTTP_SEE_OTHER -> {
                    return location(what, answer);
                }
                case HttpURLConnection.HTTP_NO_CONTENT -> {
                    return "";
                }
                case HttpURLConnection.HTTP_NOT_FOUND ->
                    throw failed(
                            what,
                            Trouble.OTHER,
                            "it has forgotten the request (%s), as after a restart; look with heketi-cli volume list, and try again"
                                    .formatted(queue));
                default -> throw refused(what, answer);
            }
        }
    }

    /** @return the pause after this one */
    private Duration rest(String what, Duration pause, long deadline, String pending) {
        if (System.nanoTime() + pause.toNanos() > deadline) {
            throw failed(
                    what,
                    Trouble.OTHER,
                    "after %d s %s; see Heketi's log. What comes of it later berth gc removes"
                            .formatted(limit.toSeconds(), pending));
        }
        try {
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(what, Trouble.OTHER, "interrupted while waiting for it");
        }
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LAST_PAUSE) > 0 ? LAST_PAUSE : twice;
    }

    /** Behind a proxy Heketi calls itself otherwise than we do, so only the path counts. */
    private String location(String what, HttpResponse<String> answer) {
        try {
            String path = URI.create(answer.headers().firstValue("Location").orElse(""))
                    .getPath();
            if (path != null && path.startsWith("/")) {
                return path;
            }
        } catch (IllegalArgumentException e) {
            // As if there were none.
        }
        throw failed(
                what,
                Trouble.OTHER,
                "HTTP status %d says nothing of where to go on; is it a Heketi?".formatted(answer.statusCode()));
    }

    // --- requests --------------------------------------------------------------------

    private HttpResponse<String> ask(String what, String method, String path, String body) {
        try {
            return send(method, path, body);
        } catch (IOException e) {
            throw StorageUnavailable.unanswered(profile, "%s, where Heketi should %s".formatted(endpoint, what), e);
        }
    }

    private HttpResponse<String> send(String method, String path, String body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(endpoint.toString().replaceAll("/+$", "") + path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .header("Authorization", "Bearer " + token(method, path))
                .header("Content-Type", "application/json")
                .timeout(ANSWER_TIMEOUT)
                .build();
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** A JSON Web Token for one request, which is part of it as the claim qsh. */
    private String token(String method, String path) {
        long now = clock.instant().getEpochSecond();
        String signed = part(Map.of("alg", "HS256", "typ", "JWT"))
                + "."
                + part(Map.of(
                        "iss",
                        user,
                        "iat",
                        now,
                        "exp",
                        now + TOKEN_LIFE.toSeconds(),
                        "qsh",
                        sha256(method + "&" + path)));
        return signed + "." + base64(key.sign(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String part(Map<String, Object> json) {
        return base64(text(json).getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String text(Map<String, Object> json) {
        try {
            return Formats.json().writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    // --- answers ---------------------------------------------------------------------

    private HttpResponse<String> require(String what, HttpResponse<String> answer) {
        if (answer.statusCode() != HttpURLConnection.HTTP_OK) {
            throw refused(what, answer);
        }
        return answer;
    }

    private JsonNode json(String what, HttpResponse<String> answer) {
        try {
            return Formats.json().readTree(answer.body());
        } catch (JsonProcessingException e) {
            throw failed(what, Trouble.OTHER, "its answer is no JSON: %s".formatted(shortened(answer.body())));
        }
    }

    private HeketiVolume volume(String what, HttpResponse<String> answer) {
        try {
            return HeketiVolume.of(json(what, answer));
        } catch (IllegalArgumentException e) {
            throw failed(what, Trouble.OTHER, "it answers with %s".formatted(e.getMessage()));
        }
    }

    private StorageUnavailable refused(String what, HttpResponse<String> answer) {
        String text = shortened(answer.body());
        String said = "HTTP status %d%s".formatted(answer.statusCode(), text.isEmpty() ? "" : ": " + text);
        if (answer.statusCode() == HttpURLConnection.HTTP_UNAUTHORIZED) {
            // The words of the library that Heketi checks tokens with.
            if (text.contains("used before issued") || text.contains("is expired")) {
                return failed(
                        what,
                        Trouble.CLOCK,
                        "%s; %s".formatted(said, skew(answer).orElse("synchronise the clocks (NTP)")));
            }
            return failed(
                    what,
                    Trouble.CREDENTIALS_REFUSED,
                    "%s; it doesn't take the key in %s for that of user \"%s\"".formatted(said, key, user));
        }
        if (answer.statusCode() == HttpURLConnection.HTTP_FORBIDDEN) {
            return failed(what, Trouble.CREDENTIALS_REFUSED, "%s; user \"%s\" may not".formatted(said, user));
        }
        if (text.contains("No space")) {
            // Which it also says where no cluster is left, because each has a volume of that name already.
            return failed(
                    what,
                    Trouble.OTHER,
                    "%s; ask for less, or for a durability that takes fewer nodes, or give Heketi more devices"
                            .formatted(said));
        }
        return failed(what, Trouble.OTHER, said);
    }

    private Optional<String> skew(HttpResponse<String> answer) {
        try {
            return answer.headers().firstValue("Date").map(date -> {
                long seconds = Duration.between(
                                Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date)), clock.instant())
                        .toSeconds();
                return "its clock is %d s %s this machine's, synchronise them (NTP)"
                        .formatted(Math.abs(seconds), seconds > 0 ? "behind" : "ahead of");
            });
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private StorageUnavailable failed(String what, Trouble trouble, String why) {
        return new StorageUnavailable(
                trouble, "profile \"%s\": Heketi at %s did not %s: %s".formatted(profile, endpoint, what, why));
    }

    private static String shortened(String text) {
        String line = text.strip().replaceAll("\\s*\\R\\s*", " ");
        return line.length() > LONGEST_TEXT ? line.substring(0, LONGEST_TEXT) + "…" : line;
    }
}

package io.berth.runner.submit.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fetches a file from the results container of a driver's pod: in as many pieces as the connection takes, each beginning
 * where the one before ended. The file is there whole, with the length and the SHA-256 that the other side says, or not at
 * all.
 */
final class ResultsTransport {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration SILENCE = Duration.ofSeconds(10);
    private static final Duration LOOK_AROUND = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final Pattern DIGEST = Pattern.compile("sha-256=:([A-Za-z0-9+/=]+):");
    private static final int BUFFER = 1 << 16;

    private final Connector connector;
    private final BooleanSupplier goOn;
    private final Duration silence;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();

    /** A way to the server. Opened anew after each failure. */
    interface Connector {
        Connection open() throws IOException;
    }

    /**
     * An open way.
     *
     * @param base    of the server's addresses, without a slash at its end
     * @param close   ends it
     * @param refusal why whoever is in between lets nothing through; empty if it does, or says nothing
     */
    record Connection(URI base, AutoCloseable close, Supplier<Optional<String>> refusal) {}

    /**
     * A transport.
     *
     * @param goOn asked some times a second; {@code false} ends the fetching
     */
    ResultsTransport(Connector connector, BooleanSupplier goOn) {
        this(connector, goOn, SILENCE);
    }

    /**
     * A transport for another network.
     *
     * @param silence in which a connection that still lives says something
     */
    ResultsTransport(Connector connector, BooleanSupplier goOn, Duration silence) {
        this.connector = connector;
        this.goOn = goOn;
        this.silence = silence;
    }

    /**
     * Fetches one file.
     *
     * @param patience how long to try without getting any further
     * @return whether the server has such a file
     * @throws IOException if it can't be fetched whole
     */
    boolean fetch(String name, Path target, Duration patience) throws IOException {
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            Files.write(part, new byte[0]);
            long had = 0;
            long deadline = System.nanoTime() + patience.toNanos();
            while (true) {
                try {
                    return fetchOnce(name, target, part, patience);
                } catch (IOException e) {
                    long have = Files.size(part);
                    if (have > had) {
                        deadline = System.nanoTime() + patience.toNanos();
                    } else if (System.nanoTime() > deadline || !goOn.getAsBoolean()) {
                        throw e;
                    }
                    had = have;
                    pause(e);
                }
            }
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private boolean fetchOnce(String name, Path target, Path part, Duration patience) throws IOException {
        Connection connection = connector.open();
        try {
            // The other side reads its whole file for the answer.
            HttpResponse<Void> head = await(
                    client.sendAsync(
                            request(connection, name)
                                    .method("HEAD", HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            HttpResponse.BodyHandlers.discarding()),
                    () -> 0,
                    patience.compareTo(silence) > 0 ? patience : silence);
            if (head.statusCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return false;
            }
            long length = head.headers().firstValueAsLong("Content-Length").orElse(-1);
            Matcher digest =
                    DIGEST.matcher(head.headers().firstValue("Repr-Digest").orElse(""));
            if (head.statusCode() != HttpURLConnection.HTTP_OK || length < 0 || !digest.matches()) {
                throw new IOException("%s was answered with status %d and neither length nor digest"
                        .formatted(name, head.statusCode()));
            }
            long have = Files.size(part);
            if (have < length) {
                append(connection, name, part, have, length);
            }
            String found = sha256(part);
            if (Files.size(part) != length || !found.equals(digest.group(1))) {
                Files.write(part, new byte[0]);
                throw new IOException("%s has %d bytes with SHA-256 %s, but %s was sent"
                        .formatted(name, length, digest.group(1), found));
            }
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (IOException e) {
            throw connection
                    .refusal()
                    .get()
                    .map(reason -> new IOException(reason, e))
                    .orElse(e);
        } finally {
            close(connection);
        }
    }

    private void append(Connection connection, String name, Path part, long from, long length) throws IOException {
        AtomicLong come = new AtomicLong();
        try (OutputStream out = Files.newOutputStream(part, StandardOpenOption.APPEND)) {
            HttpResponse<Void> response = await(
                    client.sendAsync(
                            request(connection, name)
                                    .header("Range", "bytes=%d-%d".formatted(from, length - 1))
                                    .build(),
                            answer -> answer.statusCode() == HttpURLConnection.HTTP_PARTIAL
                                    ? HttpResponse.BodySubscribers.ofByteArrayConsumer(
                                            piece -> piece.ifPresent(bytes -> write(bytes, out, come)))
                                    : HttpResponse.BodySubscribers.discarding()),
                    come::get,
                    silence);
            if (response.statusCode() != HttpURLConnection.HTTP_PARTIAL) {
                throw new IOException(
                        "%s from byte %d was answered with status %d".formatted(name, from, response.statusCode()));
            }
        }
    }

    private static void write(byte[] bytes, OutputStream out, AtomicLong come) {
        try {
            out.write(bytes);
            come.addAndGet(bytes.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static HttpRequest.Builder request(Connection connection, String name) {
        return HttpRequest.newBuilder(URI.create(connection.base() + "/" + name));
    }

    /**
     * Waits for an answer with all of its body.
     *
     * @param come  how much of it is there
     * @param limit how long that may stay the same
     */
    private <T> HttpResponse<T> await(CompletableFuture<HttpResponse<T>> answer, LongSupplier come, Duration limit)
            throws IOException {
        long had = 0;
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (goOn.getAsBoolean()) {
                try {
                    return answer.get(LOOK_AROUND.toMillis(), TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    long has = come.getAsLong();
                    if (has > had) {
                        had = has;
                        deadline = System.nanoTime() + limit.toNanos();
                    } else if (System.nanoTime() > deadline) {
                        throw new IOException("nothing has come for %d s".formatted(limit.toSeconds()), e);
                    }
                }
            }
            throw new IOException("interrupted");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            answer.cancel(true);
        }
    }

    private static void pause(IOException cause) throws IOException {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cause;
        }
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return Base64.getEncoder().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static void close(Connection connection) {
        try {
            connection.close().close();
        } catch (Exception e) {
            // What was fetched is judged by its digest, not by how the connection ended.
        }
    }
}

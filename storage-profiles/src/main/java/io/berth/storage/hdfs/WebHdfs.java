package io.berth.storage.hdfs;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.text.Formats;
import io.berth.storage.TrustedAuthorities;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * The NameNodes of one file system by their REST interface: what checks and cleaning up need, without Hadoop on the class
 * path and without the seconds that a JVM with it takes to start. Of several, the one is asked that answered last; if it
 * can't be reached or is on standby, the next.
 *
 * @see <a href="https://hadoop.apache.org/docs/r3.4.2/hadoop-project-dist/hadoop-hdfs/WebHDFS.html">WebHDFS REST API</a>
 */
final class WebHdfs {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final int UNAUTHORIZED = 401;

    private final List<URI> nameNodes;
    private final String user;
    private final Optional<Kerberos> kerberos;
    private final Duration timeout;
    private final HttpClient http;
    private final AtomicInteger active;

    /**
     * Interfaces of NameNodes.
     *
     * @param nameNodes their web addresses, such as {@code http://namenode.example:9870}
     * @param user      acts as this user
     * @param timeout   of one request
     */
    WebHdfs(List<URI> nameNodes, String user, Duration timeout) {
        this(nameNodes, user, Optional.empty(), timeout, client());
    }

    /**
     * Interfaces of NameNodes.
     *
     * @param kerberos in place of the user, where they ask for it
     * @param http     one of HTTP/1.1
     */
    WebHdfs(List<URI> nameNodes, String user, Optional<Kerberos> kerberos, Duration timeout, HttpClient http) {
        this(nameNodes, user, kerberos, timeout, http, new AtomicInteger());
    }

    private WebHdfs(
            List<URI> nameNodes,
            String user,
            Optional<Kerberos> kerberos,
            Duration timeout,
            HttpClient http,
            AtomicInteger active) {
        this.nameNodes = List.copyOf(nameNodes);
        this.user = user;
        this.kerberos = kerberos;
        this.timeout = timeout;
        this.http = http;
        this.active = active;
    }

    /** Trusts what the JVM does. */
    static HttpClient client() {
        return builder().build();
    }

    /** Trusts these. */
    static HttpClient client(TrustedAuthorities authorities) {
        return builder().sslContext(authorities.context()).build();
    }

    /** Hadoop's servers answer 400 to the JDK's offer to go on in HTTP/2. */
    private static HttpClient.Builder builder() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_TIMEOUT);
    }

    /** The same with another timeout. */
    WebHdfs within(Duration other) {
        return new WebHdfs(nameNodes, user, kerberos, other, http, active);
    }

    /** The one that answered last; absent if there is only one, which it always is. */
    Optional<URI> active() {
        return nameNodes.size() > 1 ? Optional.of(nameNodes.get(active.get())) : Optional.empty();
    }

    /** As messages call them. */
    String described() {
        return nameNodes.stream().map(URI::toString).collect(Collectors.joining(" and "));
    }

    void makeDirectory(String path) throws IOException {
        ask("PUT", path, "MKDIRS");
    }

    /** Deletes what is at a path and below it; nothing there is no error. */
    void delete(String path) throws IOException {
        ask("DELETE", path, "DELETE&recursive=true");
    }

    boolean exists(String path) throws IOException {
        try {
            ask("GET", path, "GETFILESTATUS");
            return true;
        } catch (FileNotFoundException e) {
            return false;
        }
    }

    /**
     * The names of what is in a directory.
     *
     * @throws FileNotFoundException if there is none
     */
    List<String> list(String path) throws IOException {
        HttpResponse<String> response = ask("GET", path, "LISTSTATUS");
        List<String> names = new ArrayList<>();
        Formats.json()
                .readTree(response.body())
                .path("FileStatuses")
                .path("FileStatus")
                .forEach(status -> names.add(status.path("pathSuffix").asText()));
        return names;
    }

    /** Writes a file, which takes a DataNode. */
    void write(String path, String content) throws IOException {
        HttpResponse<String> where = ask("PUT", path, "CREATE&overwrite=true&noredirect=true");
        require(send("PUT", location(where), BodyPublishers.ofString(content)), path);
    }

    /** Reads a file, which takes a DataNode. */
    String read(String path) throws IOException {
        HttpResponse<String> where = ask("GET", path, "OPEN&noredirect=true");
        HttpResponse<String> content = send("GET", location(where), BodyPublishers.noBody());
        require(content, path);
        return content.body();
    }

    private static URI location(HttpResponse<String> response) throws IOException {
        JsonNode location = Formats.json().readTree(response.body()).path("Location");
        if (!location.isTextual()) {
            throw new IOException("%s named no DataNode".formatted(response.uri()));
        }
        return URI.create(location.asText());
    }

    private HttpResponse<String> ask(String method, String path, String operation) throws IOException {
        IOException unanswered = new IOException("no NameNode is known");
        int first = active.get();
        for (int i = 0; i < nameNodes.size(); i++) {
            int index = (first + i) % nameNodes.size();
            try {
                URI nameNode = nameNodes.get(index);
                HttpRequest.Builder request = HttpRequest.newBuilder(uri(nameNode, path, operation));
                kerberos.ifPresent(it -> request.header("Authorization", it.authorization(nameNode.getHost())));
                HttpResponse<String> response = send(method, request, BodyPublishers.noBody());
                require(response, path);
                active.set(index);
                return response;
            } catch (ConnectException | HttpTimeoutException | Standby e) {
                if (i > 0) {
                    e.addSuppressed(unanswered);
                }
                unanswered = e;
            }
        }
        throw unanswered;
    }

    /** A NameNode's answer that another one is the active one. */
    static final class Standby extends IOException {
        private static final long serialVersionUID = 1L;

        Standby(String message) {
            super(message);
        }
    }

    private URI uri(URI nameNode, String path, String operation) {
        String who = kerberos.isPresent() ? "" : "&user.name=" + URLEncoder.encode(user, StandardCharsets.UTF_8);
        return URI.create("%s/webhdfs/v1%s?op=%s%s".formatted(nameNode, path, operation, who));
    }

    /** Where a DataNode is named with the NameNode's token in it, nobody has to say who asks. */
    private HttpResponse<String> send(String method, URI uri, BodyPublisher body) throws IOException {
        return send(method, HttpRequest.newBuilder(uri), body);
    }

    private HttpResponse<String> send(String method, HttpRequest.Builder request, BodyPublisher body)
            throws IOException {
        return send(http, request.method(method, body).timeout(timeout).build());
    }

    static HttpResponse<String> send(HttpClient http, HttpRequest request) throws IOException {
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(
                    "interrupted while waiting for " + request.uri().getAuthority(), e);
        }
    }

    /** Turns an answer that says no into an exception that says why. */
    private void require(HttpResponse<String> response, String path) throws IOException {
        if (response.statusCode() / 100 == 2) {
            return;
        }
        String why = "HTTP status " + response.statusCode();
        if (response.statusCode() == UNAUTHORIZED
                && response.headers().firstValue("WWW-Authenticate").orElse("").startsWith("Negotiate")) {
            throw new IOException(why
                    + kerberos.map(it ->
                                    ": it doesn't take the ticket of %s, its own key may have changed".formatted(it))
                            .orElse(": it asks for Kerberos; name site files that say so, a principal and a keytab"));
        }
        try {
            JsonNode exception = Formats.json().readTree(response.body()).path("RemoteException");
            if (!exception.isMissingNode()) {
                why = exception.path("exception").asText() + ": "
                        + exception.path("message").asText().lines().findFirst().orElse("");
            }
        } catch (IOException e) {
            // Not a NameNode's answer; the status has to do.
        }
        if (why.startsWith("FileNotFoundException")) {
            throw new FileNotFoundException(path);
        }
        if (why.startsWith("StandbyException")) {
            throw new Standby(why);
        }
        throw new IOException(why);
    }
}

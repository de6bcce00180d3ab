package io.berth.storage.hdfs;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.text.Formats;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
        this(nameNodes, user, timeout, client(), new AtomicInteger());
    }

    private WebHdfs(List<URI> nameNodes, String user, Duration timeout, HttpClient http, AtomicInteger active) {
        this.nameNodes = List.copyOf(nameNodes);
        this.user = user;
        this.timeout = timeout;
        this.http = http;
        this.active = active;
    }

    /** Hadoop's servers answer 400 to the JDK's offer to go on in HTTP/2. */
    static HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
    }

    /** The same with another timeout. */
    WebHdfs within(Duration other) {
        return new WebHdfs(nameNodes, user, other, http, active);
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
                HttpResponse<String> response =
                        send(method, uri(nameNodes.get(index), path, operation), BodyPublishers.noBody());
                require(response, path);
                active.set(index);
                return response;
            } catch (ConnectException | HttpConnectTimeoutException | Standby e) {
                if (i > 0) {
                    e.addSuppressed(unanswered);
                }
                unanswered = e;
            }
        }
        throw unanswered;
    }

    /** A NameNode's answer that another one is the active one. */
    private static final class Standby extends IOException {
        private static final long serialVersionUID = 1L;

        Standby(String message) {
            super(message);
        }
    }

    private URI uri(URI nameNode, String path, String operation) {
        return URI.create("%s/webhdfs/v1%s?op=%s&user.name=%s"
                .formatted(nameNode, path, operation, URLEncoder.encode(user, StandardCharsets.UTF_8)));
    }

    private HttpResponse<String> send(String method, URI uri, BodyPublisher body) throws IOException {
        return send(
                http,
                HttpRequest.newBuilder(uri)
                        .method(method, body)
                        .timeout(timeout)
                        .build());
    }

    static HttpResponse<String> send(HttpClient http, HttpRequest request) throws IOException {
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + request.uri(), e);
        }
    }

    /** Turns an answer that says no into an exception that says why. */
    private static void require(HttpResponse<String> response, String path) throws IOException {
        if (response.statusCode() / 100 == 2) {
            return;
        }
        String why = "HTTP status " + response.statusCode();
        if (response.statusCode() == UNAUTHORIZED
                && response.headers().firstValue("WWW-Authenticate").orElse("").startsWith("Negotiate")) {
            throw new IOException(why + ": it asks for Kerberos, which berth can't give it");
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

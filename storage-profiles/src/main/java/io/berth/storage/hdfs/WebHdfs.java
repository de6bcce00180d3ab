package io.berth.storage.hdfs;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.text.Formats;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A NameNode by its REST interface: what checks and cleaning up need, without Hadoop on the class path and without the
 * seconds that a JVM with it takes to start.
 *
 * @see <a href="https://hadoop.apache.org/docs/r3.4.2/hadoop-project-dist/hadoop-hdfs/WebHDFS.html">WebHDFS REST API</a>
 */
final class WebHdfs {
    private final URI nameNode;
    private final String user;
    private final Duration timeout;
    private final HttpClient http;

    /**
     * A NameNode's interface.
     *
     * @param nameNode its web address, such as {@code http://namenode.example:9870}
     * @param user     acts as this user
     * @param timeout  of one request
     */
    WebHdfs(URI nameNode, String user, Duration timeout) {
        this(nameNode, user, timeout, client());
    }

    private WebHdfs(URI nameNode, String user, Duration timeout, HttpClient http) {
        this.nameNode = nameNode;
        this.user = user;
        this.timeout = timeout;
        this.http = http;
    }

    /** Hadoop's servers answer 400 to the JDK's offer to go on in HTTP/2. */
    static HttpClient client() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    /** The same with another timeout. */
    WebHdfs within(Duration other) {
        return new WebHdfs(nameNode, user, other, http);
    }

    URI nameNode() {
        return nameNode;
    }

    void makeDirectory(String path) throws IOException {
        require(send("PUT", uri(path, "MKDIRS"), BodyPublishers.noBody()), path);
    }

    /** Deletes what is at a path and below it; nothing there is no error. */
    void delete(String path) throws IOException {
        require(send("DELETE", uri(path, "DELETE&recursive=true"), BodyPublishers.noBody()), path);
    }

    boolean exists(String path) throws IOException {
        try {
            require(send("GET", uri(path, "GETFILESTATUS"), BodyPublishers.noBody()), path);
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
        HttpResponse<String> response = send("GET", uri(path, "LISTSTATUS"), BodyPublishers.noBody());
        require(response, path);
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
        HttpResponse<String> where =
                send("PUT", uri(path, "CREATE&overwrite=true&noredirect=true"), BodyPublishers.noBody());
        require(where, path);
        require(send("PUT", location(where), BodyPublishers.ofString(content)), path);
    }

    /** Reads a file, which takes a DataNode. */
    String read(String path) throws IOException {
        HttpResponse<String> where = send("GET", uri(path, "OPEN&noredirect=true"), BodyPublishers.noBody());
        require(where, path);
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

    private URI uri(String path, String operation) {
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
        throw new IOException(why);
    }
}

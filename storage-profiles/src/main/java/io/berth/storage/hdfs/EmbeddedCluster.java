package io.berth.storage.hdfs;

import io.berth.storage.RunScope;
import io.berth.storage.StorageUnavailable;
import io.berth.storage.Trees;
import io.berth.storage.server.Server;
import io.berth.storage.server.ServerCommand;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A NameNode and a DataNode of this run's own, with a directory of their own. */
final class EmbeddedCluster implements HdfsStorage.Cluster {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** The first request to a NameNode makes it start its REST interface, which takes seconds. */
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    /** A server that takes longer to say that it is there would spoil what is measured next. */
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(10);

    private static final int HEAP_MIB = 256;

    private final String profile;
    private final Path directory;
    private final Server nameNode;
    private final Server dataNode;
    private final WebHdfs web;
    private final HttpClient http = WebHdfs.client();

    private EmbeddedCluster(String profile, Path directory, Server nameNode, Server dataNode, WebHdfs web) {
        this.profile = profile;
        this.directory = directory;
        this.nameNode = nameNode;
        this.dataNode = dataNode;
        this.web = web;
    }

    /**
     * Starts both servers on an empty file system.
     *
     * @throws StorageUnavailable if they don't come up; nothing is left then
     */
    static EmbeddedCluster start(
            String profile, RunScope run, Path directory, int port, Map<String, String> environment) {
        try {
            // What a killed runner may have left of the same run.
            Trees.delete(directory);
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": directory %s can't be made anew (%s); check its owner and free space"
                            .formatted(profile, directory, e),
                    e);
        }
        Server nameNode = null;
        try {
            nameNode = Server.start(command(
                    profile, "NameNode", run, List.of(directory.resolve("name").toString(), "" + port), environment));
            Server dataNode = Server.start(command(
                    profile,
                    "DataNode",
                    run,
                    List.of(directory.resolve("data").toString(), "" + nameNode.port("port")),
                    environment));
            WebHdfs web = new WebHdfs(
                    List.of(URI.create("http://127.0.0.1:" + nameNode.port("web"))),
                    environment.getOrDefault("HADOOP_USER_NAME", ""),
                    TIMEOUT);
            return new EmbeddedCluster(profile, directory, nameNode, dataNode, web);
        } catch (RuntimeException e) {
            if (nameNode != null) {
                nameNode.close();
            }
            try {
                Trees.delete(directory);
            } catch (IOException further) {
                e.addSuppressed(further);
            }
            throw e;
        }
    }

    private static ServerCommand command(
            String profile, String server, RunScope run, List<String> arguments, Map<String, String> environment) {
        return new ServerCommand(
                "profile \"%s\": its %s".formatted(profile, server),
                "hdfs",
                "io.berth.server.hdfs.%sServer".formatted(server),
                arguments,
                HEAP_MIB,
                environment,
                run.logs().resolve("%s-%s.log".formatted(profile, server.toLowerCase(Locale.ROOT))),
                PATIENCE);
    }

    @Override
    public String uri() {
        return "hdfs://127.0.0.1:" + nameNode.port("port");
    }

    @Override
    public WebHdfs web() {
        return web;
    }

    /** Asks both servers themselves: a NameNode believes in a DataNode for ten minutes after its last sign of life. */
    @Override
    public void check() {
        requireAlive();
        try {
            web.within(CHECK_TIMEOUT).exists("/");
        } catch (IOException e) {
            throw nameNode.silent(e);
        }
        try {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:%d/jmx?qry=Hadoop:service=DataNode,name=DataNodeInfo"
                                    .formatted(dataNode.port("web"))))
                    .timeout(CHECK_TIMEOUT)
                    .build();
            int status = WebHdfs.send(http, request).statusCode();
            if (status != 200) {
                throw new IOException("HTTP status " + status);
            }
        } catch (IOException e) {
            throw dataNode.silent(e);
        }
    }

    @Override
    public void requireAlive() {
        nameNode.requireAlive();
        dataNode.requireAlive();
    }

    @Override
    public RuntimeException unavailable(IOException e) {
        requireAlive();
        return new StorageUnavailable("profile \"%s\": its HDFS does not serve (%s)".formatted(profile, e), e);
    }

    @Override
    public void release(String runDirectory) {
        dataNode.close();
        nameNode.close();
        try {
            Trees.delete(directory);
        } catch (IOException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": directory %s can't be removed (%s); remove it by hand"
                            .formatted(profile, directory, e),
                    e);
        }
        // Shared with other runs: removed only when it is empty.
        try {
            Files.deleteIfExists(directory.toAbsolutePath().getParent());
        } catch (IOException e) {
            // Another run uses it.
        }
    }
}

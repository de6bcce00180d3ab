package io.berth.storage;

import io.berth.storage.server.Server;
import io.berth.storage.server.ServerCommand;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Servers in the place of those that users have. */
public final class Servers {
    public static final String BUCKET = "there";

    private Servers() {}

    /** An S3 server that differs from berth's own as the options of its main class say. */
    public static Server s3(Path directory, String accessKey, String secretKey, String... options) {
        return start(
                "s3",
                "s3.S3Server",
                Stream.concat(Stream.of(BUCKET, "0"), Stream.of(options)).toList(),
                Map.of("BERTH_S3_ACCESS_KEY", accessKey, "BERTH_S3_SECRET_KEY", secretKey),
                directory);
    }

    static Server nameNode(Path directory) {
        return start(
                "hdfs",
                "hdfs.NameNodeServer",
                List.of(directory.resolve("name").toString(), "0"),
                Map.of("HADOOP_USER_NAME", "super"),
                directory);
    }

    static Server dataNode(Path directory, Server nameNode) {
        return start(
                "hdfs",
                "hdfs.DataNodeServer",
                List.of(directory.resolve("data").toString(), String.valueOf(nameNode.port("port"))),
                Map.of("HADOOP_USER_NAME", "super"),
                directory);
    }

    private static Server start(
            String module, String mainClass, List<String> arguments, Map<String, String> environment, Path directory) {
        return Server.start(new ServerCommand(
                mainClass,
                module,
                "io.berth.server." + mainClass,
                arguments,
                192,
                environment,
                directory.resolve(mainClass + ".log"),
                Duration.ofMinutes(2)));
    }
}

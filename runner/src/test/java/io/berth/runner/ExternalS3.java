package io.berth.runner;

import io.berth.storage.server.Server;
import io.berth.storage.server.ServerCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

/** A real S3 server in the place of one that the user has. */
final class ExternalS3 {
    static final String BUCKET = "there";

    private ExternalS3() {}

    /** @param options of the server's main class */
    static Server start(Path directory, String accessKey, String secretKey, String... options) {
        return Server.start(new ServerCommand(
                "the user's S3 server",
                "s3",
                "io.berth.server.s3.S3Server",
                Stream.concat(Stream.of(BUCKET, "0"), Stream.of(options)).toList(),
                192,
                Map.of("BERTH_S3_ACCESS_KEY", accessKey, "BERTH_S3_SECRET_KEY", secretKey),
                directory.resolve("user-s3.log"),
                Duration.ofMinutes(2)));
    }

    /** A profile whose credentials are in a file. */
    static Path profile(RealBerth berth, String name, Server server, String bucket, Path credentials)
            throws IOException {
        return profile(berth, name, server.port("port"), bucket, credentials);
    }

    /** A profile of whatever listens at that port. */
    static Path profile(RealBerth berth, String name, int port, String bucket, Path credentials) throws IOException {
        return berth.profile(name, """
                backend: s3-external
                description: the user's
                accessType: object
                settings:
                  endpoint: http://127.0.0.1:%d
                  region: us-east-1
                  bucket: %s
                  pathStyle: true
                  credentials: file
                  credentialsFile: %s
                """.formatted(port, bucket, credentials));
    }
}

package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.process.Leash;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** The S3 server of storage-profiles in a process of its own, with one bucket, {@code there}. */
record S3(Process process, int port) implements AutoCloseable {
    private static final Path LIB =
            Path.of(System.getProperty("berth.home"), "storage-profiles/servers/s3/target/server/lib");
    private static final String ACCESS_KEY = "access";
    private static final String SECRET_KEY = "planted-secret";

    static S3 start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        LIB + "/*",
                        Leash.class.getName(),
                        "io.berth.server.s3.S3Server",
                        "there",
                        "0")
                .redirectError(Redirect.DISCARD);
        builder.environment().putAll(Map.of("BERTH_S3_ACCESS_KEY", ACCESS_KEY, "BERTH_S3_SECRET_KEY", SECRET_KEY));
        Process process = builder.start();
        String ready = process.inputReader(StandardCharsets.UTF_8).readLine();
        assertThat(ready).as("is storage-profiles/servers/s3 packaged?").startsWith("ready port=");
        return new S3(process, Integer.parseInt(ready.substring("ready port=".length())));
    }

    /** What S3A has to know. */
    Map<String, String> settings() {
        return Map.of(
                "fs.s3a.endpoint", "http://127.0.0.1:" + port,
                "fs.s3a.endpoint.region", "us-east-1",
                "fs.s3a.path.style.access", "true",
                "fs.s3a.connection.ssl.enabled", "false",
                "fs.s3a.aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
                "fs.s3a.access.key", ACCESS_KEY,
                "fs.s3a.secret.key", SECRET_KEY);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}

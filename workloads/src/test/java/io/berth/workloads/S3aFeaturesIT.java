package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.berth.model.process.Leash;
import io.berth.model.records.RecordLine;
import io.berth.model.suite.Role;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BulkDelete;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.internal.io.cloud.AbortableStreamBasedCheckpointFileManager;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.CheckpointFileManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;

/** What S3A does with modules of the AWS SDK in place of its bundle: each feature loads its own classes when it is used. */
class S3aFeaturesIT {
    private static final java.nio.file.Path LIB =
            java.nio.file.Path.of(System.getProperty("berth.home"), "storage-profiles/servers/s3/target/server/lib");
    private static final String ACCESS_KEY = "access";
    private static final String SECRET_KEY = "planted-secret";
    private static final int MULTIPART_BYTES = 5 << 20;

    private static Process server;
    private static String endpoint;

    @BeforeAll
    static void startServer() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        java.nio.file.Path.of(System.getProperty("java.home"), "bin", "java")
                                .toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        LIB + "/*",
                        Leash.class.getName(),
                        "io.berth.server.s3.S3Server",
                        "there",
                        "0")
                .redirectError(Redirect.DISCARD);
        builder.environment().putAll(Map.of("BERTH_S3_ACCESS_KEY", ACCESS_KEY, "BERTH_S3_SECRET_KEY", SECRET_KEY));
        server = builder.start();
        BufferedReader out = server.inputReader(StandardCharsets.UTF_8);
        String ready = out.readLine();
        assertThat(ready).as("is storage-profiles/servers/s3 packaged?").startsWith("ready port=");
        endpoint = "http://127.0.0.1:" + ready.substring("ready port=".length());
    }

    @AfterAll
    static void stopServer() {
        server.destroyForcibly();
    }

    private static Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("fs.s3a.endpoint", endpoint);
        settings.put("fs.s3a.endpoint.region", "us-east-1");
        settings.put("fs.s3a.path.style.access", "true");
        settings.put("fs.s3a.connection.ssl.enabled", "false");
        settings.put("fs.s3a.aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider");
        settings.put("fs.s3a.access.key", ACCESS_KEY);
        settings.put("fs.s3a.secret.key", SECRET_KEY);
        settings.put("fs.s3a.multipart.size", String.valueOf(MULTIPART_BYTES));
        settings.put("fs.s3a.multipart.threshold", String.valueOf(MULTIPART_BYTES));
        return settings;
    }

    private static Configuration conf() {
        Configuration conf = new Configuration();
        settings().forEach(conf::set);
        return conf;
    }

    private static FileSystem files(Configuration conf) throws IOException {
        return FileSystem.newInstance(new Path("s3a://there/").toUri(), conf);
    }

    /** Two parts and a rest. */
    private static byte[] large() {
        byte[] bytes = new byte[2 * MULTIPART_BYTES + 1000];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    private static void write(FileSystem files, Path path, byte[] content) throws IOException {
        try (OutputStream out = files.create(path, true)) {
            out.write(content);
        }
    }

    private static byte[] read(FileSystem files, Path path) throws IOException {
        try (InputStream in = files.open(path)) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "prefetch", "analytics"})
    void whatIsWrittenInPartsIsReadBackByEachKindOfStream(String stream) throws IOException {
        Configuration conf = conf();
        conf.set("fs.s3a.input.stream.type", stream);
        Path path = new Path("s3a://there/parts-" + stream);
        try (FileSystem files = files(conf)) {
            write(files, path, large());

            assertThat(Arrays.equals(read(files, path), large())).isTrue();
        }
    }

    @Test
    void aLargeObjectIsRenamedByACopyInParts() throws IOException {
        try (FileSystem files = files(conf())) {
            write(files, new Path("s3a://there/before"), large());

            assertThat(files.rename(new Path("s3a://there/before"), new Path("s3a://there/after")))
                    .isTrue();

            assertThat(files.exists(new Path("s3a://there/before"))).isFalse();
            assertThat(Arrays.equals(read(files, new Path("s3a://there/after")), large()))
                    .isTrue();
        }
    }

    @Test
    void manyObjectsAreDeletedAtOnce() throws IOException {
        Path directory = new Path("s3a://there/many");
        try (FileSystem files = files(conf())) {
            List<Path> paths = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                paths.add(new Path(directory, "part-" + i));
                write(files, paths.get(i), new byte[] {1});
            }
            try (BulkDelete bulk = files.createBulkDelete(directory)) {
                assertThat(bulk.pageSize()).isGreaterThan(1);
                assertThat(bulk.bulkDelete(paths.subList(0, 10))).isEmpty();
            }
            assertThat(files.listStatus(directory)).hasSize(10);

            assertThat(files.delete(directory, true)).isTrue();

            assertThat(files.exists(directory)).isFalse();
        }
    }

    @Test
    void sparkCommitsByTheMagicCommitter() throws IOException {
        SparkSession.Builder builder = SparkSession.builder()
                .master("local[2]")
                .appName("s3a")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "localhost")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.hadoop.fs.s3a.committer.magic.enabled", "true")
                .config("spark.hadoop.fs.s3a.committer.name", "magic")
                .config(
                        "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a",
                        "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory")
                .config(
                        "spark.sql.sources.commitProtocolClass",
                        "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol")
                .config(
                        "spark.sql.parquet.output.committer.class",
                        "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter");
        settings().forEach((key, value) -> builder.config("spark.hadoop." + key, value));
        try (SparkSession spark = builder.getOrCreate();
                FileSystem files = files(conf())) {
            spark.range(0, 1000, 1, 4).write().mode("overwrite").parquet("s3a://there/table");

            assertThat(spark.read().parquet("s3a://there/table").count()).isEqualTo(1000);
            assertThat(new String(read(files, new Path("s3a://there/table/_SUCCESS")), StandardCharsets.UTF_8))
                    .contains("\"committer\":\"magic\"");
        }
    }

    @Test
    void aStreamingQueryKeepsItsStateAndItsOutputThere(@TempDir java.nio.file.Path directory) throws IOException {
        TrialRun trial = TrialRun.of(directory, "streaming")
                .role(Role.DATA, "s3a://there/stream/data")
                .role(Role.CHECKPOINT, "s3a://there/stream/checkpoint")
                .conf(
                        "spark.sql.streaming.checkpointFileManagerClass",
                        AbortableStreamBasedCheckpointFileManager.class.getName())
                .parameter("windowMillis", 100)
                .parameter("windows", 5)
                .parameter("keys", 100)
                .iterations(0, 1);
        settings().forEach((key, value) -> trial.conf("spark.hadoop." + key, value));
        TrialRun.Outcome outcome = trial.run();

        assertThat(outcome.failure()).isEmpty();
        assertThat(outcome.only(RecordLine.Answered.class).answer()).satisfies(answer -> {
            assertThat(answer.rows()).isEqualTo(500);
            assertThat(answer.matches()).isTrue();
        });
    }

    @Test
    void aCheckpointFileAppearsWhenItIsClosedAndNeverWhenItIsCancelled() throws IOException {
        Path directory = new Path("s3a://there/checkpoint");
        CheckpointFileManager manager = new AbortableStreamBasedCheckpointFileManager(directory, conf());
        manager.mkdirs(directory);
        Path file = new Path(directory, "0");
        CheckpointFileManager.CancellableFSDataOutputStream cancelled = manager.createAtomic(file, false);
        cancelled.write(1);
        cancelled.cancel();
        assertThat(manager.exists(file)).isFalse();

        try (FSDataOutputStream out = manager.createAtomic(file, false)) {
            out.write(1);
            assertThat(manager.exists(file)).isFalse();
        }

        assertThat(manager.exists(file)).isTrue();
    }

    /** The S3 server has no roles, so the answer of a service that has some is given to the client that S3A would use. */
    @Test
    void rolesCanBeAssumed() throws IOException, ReflectiveOperationException {
        assertThat(Class.forName("org.apache.hadoop.fs.s3a.auth.AssumedRoleCredentialProvider")
                        .getMethods())
                .isNotEmpty();
        HttpServer service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        service.createContext("/", exchange -> {
            byte[] answer = """
                    <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                      <AssumeRoleResult>
                        <Credentials>
                          <AccessKeyId>assumed</AccessKeyId>
                          <SecretAccessKey>assumed-secret</SecretAccessKey>
                          <SessionToken>assumed-token</SessionToken>
                          <Expiration>2099-01-01T00:00:00Z</Expiration>
                        </Credentials>
                      </AssumeRoleResult>
                    </AssumeRoleResponse>
                    """.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        service.start();
        try (StsClient client = StsClient.builder()
                .region(Region.US_EAST_1)
                .endpointOverride(
                        URI.create("http://127.0.0.1:" + service.getAddress().getPort()))
                .httpClientBuilder(ApacheHttpClient.builder())
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
                .build()) {
            assertThat(client.assumeRole(role ->
                                    role.roleArn("arn:aws:iam::1:role/lab").roleSessionName("berth"))
                            .credentials()
                            .sessionToken())
                    .isEqualTo("assumed-token");
        } finally {
            service.stop(0);
        }
    }
}

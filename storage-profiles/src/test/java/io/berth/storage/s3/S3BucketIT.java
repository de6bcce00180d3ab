package io.berth.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.storage.Servers;
import io.berth.storage.server.Server;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Cleaning up what doesn't fit into one request, or is in no listing. */
class S3BucketIT {
    /** More than a listing or a deletion holds. */
    private static final int OBJECTS = 1_003;

    @TempDir
    private static Path temp;

    private static Server server;
    private static S3Bucket bucket;
    private static S3Client client;

    @BeforeAll
    static void provide() {
        server = Servers.s3(temp, "access", "secret");
        S3Credentials credentials = S3Credentials.of("access", "secret");
        S3Location location = new S3Location(
                Optional.of(URI.create("http://127.0.0.1:" + server.port("port"))), "us-east-1", Servers.BUCKET, true);
        bucket = new S3Bucket("lab", location, credentials, Optional.empty(), Optional.empty());
        client = S3Client.builder()
                .endpointOverride(location.endpoint().orElseThrow())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(credentials.provider())
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    @AfterAll
    static void close() {
        client.close();
        bucket.close();
        server.close();
    }

    @Test
    void moreObjectsThanOneRequestHoldsAreDeleted() {
        put("other/kept");
        IntStream.range(0, OBJECTS).parallel().forEach(i -> put("many/" + i));

        bucket.delete("many/");

        assertThat(count("many/")).isZero();
        assertThat(count("other/")).isEqualTo(1);
    }

    @Test
    void anUploadThatWasNeverCompletedIsAborted() {
        String own = begin("unfinished/object");
        String others = begin("theirs/object");
        assertThat(uploads()).contains(own, others);

        bucket.delete("unfinished/");

        assertThat(uploads()).contains(others).doesNotContain(own);
    }

    private static void put(String key) {
        client.putObject(request -> request.bucket(Servers.BUCKET).key(key), RequestBody.fromString("x"));
    }

    private static long count(String prefix) {
        return client
                .listObjectsV2Paginator(
                        request -> request.bucket(Servers.BUCKET).prefix(prefix))
                .contents()
                .stream()
                .count();
    }

    private static String begin(String key) {
        return client.createMultipartUpload(
                        request -> request.bucket(Servers.BUCKET).key(key))
                .uploadId();
    }

    private static java.util.List<String> uploads() {
        return client.listMultipartUploads(request -> request.bucket(Servers.BUCKET)).uploads().stream()
                .map(software.amazon.awssdk.services.s3.model.MultipartUpload::uploadId)
                .toList();
    }
}

package io.berth.storage.s3;

import io.berth.model.check.Trouble;
import io.berth.model.text.RootCause;
import io.berth.storage.StorageUnavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.BucketAlreadyExistsException;
import software.amazon.awssdk.services.s3.model.BucketAlreadyOwnedByYouException;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** One bucket, as checks and cleaning up need it. Every failure is a {@link StorageUnavailable} that says what to do. */
final class S3Bucket implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    /** A server that takes longer to say that it is there would spoil what is measured next. */
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(10);

    private static final int FORBIDDEN = 403;
    private static final int UNAUTHORIZED = 401;
    private static final int MOVED = 301;

    private final String profile;
    private final S3Location location;
    private final S3Credentials credentials;
    private final Optional<S3Encryption> encryption;
    private final S3Client client;
    private boolean made;

    /**
     * A bucket.
     *
     * @param profile    what messages begin with
     * @param trust      whose certificates are trusted; those that the JVM trusts if absent
     * @param encryption of what is written; the bucket's own if absent
     */
    S3Bucket(
            String profile,
            S3Location location,
            S3Credentials credentials,
            Optional<TrustManager[]> trust,
            Optional<S3Encryption> encryption) {
        this.profile = profile;
        this.location = location;
        this.credentials = credentials;
        this.encryption = encryption;
        UrlConnectionHttpClient.Builder http = UrlConnectionHttpClient.builder()
                .connectionTimeout(CHECK_TIMEOUT)
                .socketTimeout(CHECK_TIMEOUT);
        trust.ifPresent(managers -> http.tlsTrustManagersProvider(() -> managers));
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(location.region()))
                .credentialsProvider(credentials.provider())
                .forcePathStyle(location.pathStyle())
                .httpClientBuilder(http)
                .overrideConfiguration(conf -> conf.apiCallTimeout(TIMEOUT));
        location.endpoint().ifPresent(builder::endpointOverride);
        this.client = builder.build();
    }

    /** Makes the bucket unless it is there. */
    void makeIfAbsent() {
        ask(() -> {
            try {
                // First, because some servers answer to a second creation as if it were the first.
                client.headBucket(head -> head.bucket(location.bucket()));
            } catch (NoSuchBucketException e) {
                made = create();
            }
        });
    }

    private boolean create() {
        try {
            client.createBucket(create -> create.bucket(location.bucket()));
            return true;
        } catch (BucketAlreadyOwnedByYouException | BucketAlreadyExistsException e) {
            // It is there; whether it can be used, prove tells.
            return false;
        }
    }

    /** Removes the bucket if this has made it and nothing of anyone is in it. */
    void removeIfMadeAndEmpty() {
        if (!made) {
            return;
        }
        ask(() -> {
            boolean empty = client.listObjectsV2(
                            list -> list.bucket(location.bucket()).maxKeys(1))
                    .contents()
                    .isEmpty();
            if (empty) {
                client.deleteBucket(delete -> delete.bucket(location.bucket()));
            }
        });
    }

    /** Proves that objects can be written, listed, read and deleted. */
    void prove(String key, String content) {
        // First, because a server that refuses a request with a body may hang up before it says why.
        check();
        ask(() -> {
            client.putObject(
                    put -> {
                        put.bucket(location.bucket()).key(key);
                        encryption.ifPresent(it -> it.apply(put));
                    },
                    RequestBody.fromString(content));
            String read = text(key);
            ListObjectsV2Response listed =
                    client.listObjectsV2(list -> list.bucket(location.bucket()).prefix(key));
            client.deleteObject(delete -> delete.bucket(location.bucket()).key(key));
            if (!read.equals(content) || listed.contents().size() != 1) {
                throw unavailable("object %s of %s at %s reads other than it was written"
                        .formatted(key, location.bucket(), location.described()));
            }
        });
    }

    /** Whether the server answers and lets us in. */
    void check() {
        ask(() -> client.listObjectsV2(list -> list.bucket(location.bucket())
                .maxKeys(1)
                .overrideConfiguration(conf -> conf.apiCallTimeout(CHECK_TIMEOUT))));
    }

    /** The contents of the small objects whose keys begin so, by the rest of their keys. */
    Map<String, String> texts(String prefix) {
        Map<String, String> texts = new TreeMap<>();
        ask(() -> {
            for (ListObjectsV2Response page : client.listObjectsV2Paginator(
                    list -> list.bucket(location.bucket()).prefix(prefix))) {
                page.contents()
                        .forEach(object -> texts.put(object.key().substring(prefix.length()), text(object.key())));
            }
        });
        return texts;
    }

    private String text(String key) {
        return client.getObjectAsBytes(get -> {
                    get.bucket(location.bucket()).key(key);
                    encryption.ifPresent(it -> it.apply(get));
                })
                .asUtf8String();
    }

    /** Deletes every object and every unfinished upload whose key begins so; none is no error. */
    void delete(String prefix) {
        ask(() -> {
            for (ListObjectsV2Response page : client.listObjectsV2Paginator(
                    list -> list.bucket(location.bucket()).prefix(prefix))) {
                List<ObjectIdentifier> keys = new ArrayList<>();
                page.contents()
                        .forEach(object -> keys.add(
                                ObjectIdentifier.builder().key(object.key()).build()));
                if (!keys.isEmpty()) {
                    DeleteObjectsResponse response = client.deleteObjects(delete -> delete.bucket(location.bucket())
                            .delete(these -> these.objects(keys).quiet(true)));
                    for (S3Error error : response.errors()) {
                        throw unavailable("object %s at %s can't be deleted (%s)"
                                .formatted(error.key(), location.described(), error.code()));
                    }
                }
            }
            // What a killed application began and never committed costs storage and is in no listing.
            for (MultipartUpload upload : client.listMultipartUploadsPaginator(
                            list -> list.bucket(location.bucket()).prefix(prefix))
                    .uploads()) {
                client.abortMultipartUpload(abort ->
                        abort.bucket(location.bucket()).key(upload.key()).uploadId(upload.uploadId()));
            }
        });
    }

    private void ask(Runnable request) {
        try {
            request.run();
        } catch (S3Exception e) {
            throw explained(e);
        } catch (AwsServiceException e) {
            // Whoever gives credentials for a token gives none any more.
            throw credentials.refused(profile, e);
        } catch (SdkException e) {
            if (String.valueOf(RootCause.of(e).getMessage()).contains("nable to load credentials")) {
                throw new StorageUnavailable(
                        Trouble.CREDENTIALS_MISSING,
                        "profile \"%s\": there are no credentials in %s".formatted(profile, credentials.source()),
                        e);
            }
            throw StorageUnavailable.unanswered(profile, location.described(), e);
        }
    }

    /** Says what a server's answer means; only the code of it, because its text may quote what was sent. */
    private StorageUnavailable explained(S3Exception e) {
        String code = e.awsErrorDetails() == null
                ? ""
                : String.valueOf(e.awsErrorDetails().errorCode());
        String answer = "HTTP status %d %s".formatted(e.statusCode(), code).strip();
        if (code.equals("NoSuchBucket")) {
            return unavailable("there is no bucket \"%s\" at %s; create it, or correct the profile"
                    .formatted(location.bucket(), location.described()));
        }
        if (e.statusCode() == FORBIDDEN || e.statusCode() == UNAUTHORIZED) {
            return new StorageUnavailable(
                    Trouble.CREDENTIALS_REFUSED,
                    "profile \"%s\": %s refuses the credentials in %s for bucket \"%s\" (%s); check them and what they permit"
                            .formatted(profile, location.described(), credentials.source(), location.bucket(), answer));
        }
        if (e.statusCode() == MOVED || code.equals("AuthorizationHeaderMalformed")) {
            return unavailable("bucket \"%s\" is not in region %s (%s); correct the profile's region or endpoint"
                    .formatted(location.bucket(), location.region(), answer));
        }
        return unavailable("%s answers with %s".formatted(location.described(), answer));
    }

    private StorageUnavailable unavailable(String what) {
        return new StorageUnavailable("profile \"%s\": %s".formatted(profile, what));
    }

    @Override
    public void close() {
        client.close();
    }
}

package io.berth.storage.s3;

import io.berth.model.check.Trouble;
import io.berth.storage.Cluster;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;
import software.amazon.awssdk.services.sts.auth.StsWebIdentityTokenFileCredentialsProvider;

/**
 * Credentials by reference: where berth finds them, and how applications do.
 *
 * @param source      as messages say it
 * @param provider    finds them for berth itself
 * @param className   finds them in applications
 * @param environment of applications
 */
record S3Credentials(
        String source, AwsCredentialsProvider provider, String className, Map<String, String> environment) {
    private static final String PACKAGE = "software.amazon.awssdk.auth.credentials.";
    private static final String ACCESS_KEY = "AWS_ACCESS_KEY_ID";
    private static final String SECRET_KEY = "AWS_SECRET_ACCESS_KEY";
    private static final String SESSION_TOKEN = "AWS_SESSION_TOKEN";
    private static final String ROLE = "AWS_ROLE_ARN";
    private static final String TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE";
    private static final String SESSION = "berth";
    private static final Duration STS_TIMEOUT = Duration.ofSeconds(10);

    static List<Setting> settings() {
        return List.of(
                Setting.required(
                        "credentials",
                        Setting.Kind.TEXT,
                        "where they are: environment, file, secret (of Kubernetes), web-identity (a role and a token, as IRSA gives to pods), or provider-chain (the AWS SDK's default)"),
                Setting.optional(
                        "secret", Setting.Kind.TEXT, "the name of that Secret, in the namespace that berth works in"),
                Setting.optional(
                        "accessKeyVariable",
                        Setting.Kind.TEXT,
                        "environment variable, or key of the Secret, with the access key; " + ACCESS_KEY
                                + " if absent"),
                Setting.optional(
                        "secretKeyVariable",
                        Setting.Kind.TEXT,
                        "environment variable, or key of the Secret, with the secret key; " + SECRET_KEY
                                + " if absent"),
                Setting.optional(
                        "sessionTokenVariable",
                        Setting.Kind.TEXT,
                        "environment variable, or key of the Secret, with the session token, if there is one; "
                                + SESSION_TOKEN + " if absent"),
                Setting.optional(
                        "credentialsFile",
                        Setting.Kind.TEXT,
                        "a credentials file of the AWS tools; ~/.aws/credentials if absent"),
                Setting.optional(
                        "credentialsProfile", Setting.Kind.TEXT, "the section of that file; default if absent"),
                Setting.optional(
                        "roleArn",
                        Setting.Kind.TEXT,
                        "the role of web-identity; that of environment variable %s if absent".formatted(ROLE)),
                Setting.optional(
                        "tokenFile",
                        Setting.Kind.TEXT,
                        "the token of web-identity; the file that environment variable %s names if absent"
                                .formatted(TOKEN_FILE)),
                Setting.optional(
                        "stsEndpoint",
                        Setting.Kind.URI,
                        "the server that gives credentials for them; Amazon's of the region if absent"));
    }

    /** Credentials made by berth, handed on by environment. */
    static S3Credentials of(String accessKey, String secretKey) {
        return fixed("berth's memory", accessKey, secretKey, "");
    }

    /**
     * What a profile refers to.
     *
     * @param environment of berth
     * @param cluster     where Secrets are, if there are any
     * @param trust       whose certificates are trusted; those that the JVM trusts if absent
     * @throws StorageUnavailable naming what isn't there
     */
    static S3Credentials of(
            String profile,
            Settings settings,
            Map<String, String> environment,
            Optional<Cluster> cluster,
            Optional<TrustManager[]> trust) {
        String where = settings.text("credentials").orElse("");
        return switch (where) {
            case "environment" -> fromEnvironment(profile, settings, environment);
            case "file" -> fromFile(profile, settings);
            case "secret" -> fromSecret(profile, settings, cluster);
            case "web-identity" -> fromToken(profile, settings, environment, cluster, trust);
            case "provider-chain" ->
                new S3Credentials(
                        "the AWS SDK's provider chain",
                        DefaultCredentialsProvider.create(),
                        PACKAGE + "DefaultCredentialsProvider",
                        Map.of());
            default ->
                throw new StorageUnavailable(
                        "profile \"%s\": credentials \"%s\" are not known (allowed: environment, file, secret, web-identity, provider-chain)"
                                .formatted(profile, where));
        };
    }

    private static S3Credentials fromEnvironment(String profile, Settings settings, Map<String, String> environment) {
        String accessKey = settings.text("accessKeyVariable").orElse(ACCESS_KEY);
        String secretKey = settings.text("secretKeyVariable").orElse(SECRET_KEY);
        for (String variable : List.of(accessKey, secretKey)) {
            if (environment.getOrDefault(variable, "").isBlank()) {
                throw new StorageUnavailable(
                        Trouble.CREDENTIALS_MISSING,
                        "profile \"%s\": its credentials should be in environment variables %s and %s, but %s is not set; export it"
                                .formatted(profile, accessKey, secretKey, variable));
            }
        }
        return fixed(
                "environment variables %s and %s".formatted(accessKey, secretKey),
                environment.getOrDefault(accessKey, ""),
                environment.getOrDefault(secretKey, ""),
                environment.getOrDefault(settings.text("sessionTokenVariable").orElse(SESSION_TOKEN), ""));
    }

    /**
     * What is in the Secret that a profile names.
     *
     * @throws StorageUnavailable if it can't be read; one that isn't there has nothing in it
     */
    static Map<String, String> secret(String profile, Settings settings, Optional<Cluster> where) {
        Cluster cluster = where.orElseThrow(() -> new StorageUnavailable(
                "profile \"%s\": credentials in a Secret need a Kubernetes; use --master k8s, or credentials of another kind"
                        .formatted(profile)));
        String name = settings.text("secret")
                .orElseThrow(() -> new StorageUnavailable(
                        "profile \"%s\": secret: is missing, the name of the Secret with its credentials"
                                .formatted(profile)));
        try {
            return cluster.secret(name);
        } catch (KubernetesClientException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": Secret %s of namespace %s can't be read (HTTP status %d); see kubectl auth can-i get secrets -n %s"
                            .formatted(profile, name, cluster.namespace(), e.getCode(), cluster.namespace()),
                    e);
        }
    }

    private static S3Credentials fromSecret(String profile, Settings settings, Optional<Cluster> cluster) {
        Map<String, String> values = secret(profile, settings, cluster);
        String source = "Secret %s of namespace %s"
                .formatted(
                        settings.text("secret").orElse(""),
                        cluster.map(Cluster::namespace).orElse(""));
        String accessKey = settings.text("accessKeyVariable").orElse(ACCESS_KEY);
        String secretKey = settings.text("secretKeyVariable").orElse(SECRET_KEY);
        for (String key : List.of(accessKey, secretKey)) {
            if (values.getOrDefault(key, "").isBlank()) {
                throw new StorageUnavailable(
                        Trouble.CREDENTIALS_MISSING,
                        "profile \"%s\": its credentials should be in %s, which has no key %s"
                                .formatted(profile, source, key));
            }
        }
        return fixed(
                source,
                values.getOrDefault(accessKey, ""),
                values.getOrDefault(secretKey, ""),
                values.getOrDefault(settings.text("sessionTokenVariable").orElse(SESSION_TOKEN), ""));
    }

    private static S3Credentials fixed(String source, String accessKey, String secretKey, String sessionToken) {
        // An empty session token hides one that the application would inherit.
        return new S3Credentials(
                source,
                StaticCredentialsProvider.create(
                        sessionToken.isBlank()
                                ? AwsBasicCredentials.create(accessKey, secretKey)
                                : AwsSessionCredentials.create(accessKey, secretKey, sessionToken)),
                PACKAGE + "EnvironmentVariableCredentialsProvider",
                Map.of(ACCESS_KEY, accessKey, SECRET_KEY, secretKey, SESSION_TOKEN, sessionToken));
    }

    /** In pods role and token are what the cluster gives to their account; here they may be, too. */
    private static S3Credentials fromToken(
            String profile,
            Settings settings,
            Map<String, String> environment,
            Optional<Cluster> cluster,
            Optional<TrustManager[]> trust) {
        String role = settings.text("roleArn").orElse(environment.getOrDefault(ROLE, ""));
        String file = settings.path("tokenFile").map(Path::toString).orElse(environment.getOrDefault(TOKEN_FILE, ""));
        for (Map.Entry<String, String> it : Map.of(ROLE, role, TOKEN_FILE, file).entrySet()) {
            if (it.getValue().isBlank()) {
                throw new StorageUnavailable(
                        Trouble.CREDENTIALS_MISSING,
                        "profile \"%s\": web-identity needs %s, which is not set where berth runs; export it, or run berth in a pod whose account has a role"
                                .formatted(profile, it.getKey()));
            }
        }
        Path token = Path.of(file).toAbsolutePath();
        if (!Files.isReadable(token)) {
            throw new StorageUnavailable(
                    Trouble.CREDENTIALS_MISSING,
                    "profile \"%s\": its token should be in file %s, which can't be read".formatted(profile, token));
        }
        String region = settings.text("region").orElse("");
        Optional<URI> endpoint = settings.uri("stsEndpoint");
        UrlConnectionHttpClient.Builder http =
                UrlConnectionHttpClient.builder().connectionTimeout(STS_TIMEOUT).socketTimeout(STS_TIMEOUT);
        trust.ifPresent(managers -> http.tlsTrustManagersProvider(() -> managers));
        StsClientBuilder sts = StsClient.builder()
                .region(Region.of(region))
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .httpClientBuilder(http);
        endpoint.ifPresent(sts::endpointOverride);
        Map<String, String> told = new HashMap<>(Map.of("AWS_REGION", region, "AWS_ROLE_SESSION_NAME", SESSION));
        endpoint.ifPresent(uri -> told.put("AWS_ENDPOINT_URL_STS", uri.toString()));
        if (cluster.isEmpty()) {
            told.putAll(Map.of(ROLE, role, TOKEN_FILE, token.toString()));
        }
        S3Credentials credentials = new S3Credentials(
                "token file %s for role %s".formatted(token, role),
                StsWebIdentityTokenFileCredentialsProvider.builder()
                        .stsClient(sts.build())
                        .roleArn(role)
                        .roleSessionName(SESSION)
                        .webIdentityTokenFile(token)
                        .build(),
                PACKAGE + "WebIdentityTokenFileCredentialsProvider",
                told);
        // Now, because later it looks as if the bucket's server didn't answer.
        try {
            credentials.provider().resolveCredentials();
        } catch (AwsServiceException e) {
            throw credentials.refused(profile, e);
        } catch (SdkException e) {
            String server = endpoint.map(URI::toString).orElse("Amazon's of region " + region);
            throw StorageUnavailable.unanswered(profile, "the STS endpoint " + server, e);
        }
        return credentials;
    }

    /** Of the server that gives credentials for a token: only its code, because its text may quote what was sent. */
    StorageUnavailable refused(String profile, AwsServiceException e) {
        String code = e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorCode();
        return new StorageUnavailable(
                Trouble.CREDENTIALS_REFUSED,
                "profile \"%s\": there are no credentials for %s (HTTP status %d %s); check whether the token has expired and the role trusts its issuer"
                        .formatted(profile, source, e.statusCode(), code),
                e);
    }

    private static S3Credentials fromFile(String profile, Settings settings) {
        Path file = settings.path("credentialsFile")
                .orElse(Path.of(System.getProperty("user.home"), ".aws", "credentials"))
                .toAbsolutePath();
        String section = settings.text("credentialsProfile").orElse("default");
        if (!Files.isReadable(file)) {
            throw new StorageUnavailable(
                    Trouble.CREDENTIALS_MISSING,
                    "profile \"%s\": its credentials should be in file %s, which can't be read"
                            .formatted(profile, file));
        }
        ProfileFile content = ProfileFile.builder()
                .content(file)
                .type(ProfileFile.Type.CREDENTIALS)
                .build();
        if (content.profile(section).isEmpty()) {
            throw new StorageUnavailable(
                    Trouble.CREDENTIALS_MISSING,
                    "profile \"%s\": file %s has no section [%s] with credentials".formatted(profile, file, section));
        }
        Map<String, String> environment = new HashMap<>();
        environment.put("AWS_SHARED_CREDENTIALS_FILE", file.toString());
        environment.put("AWS_PROFILE", section);
        return new S3Credentials(
                "section [%s] of file %s".formatted(section, file),
                ProfileCredentialsProvider.builder()
                        .profileFile(content)
                        .profileName(section)
                        .build(),
                PACKAGE + "ProfileCredentialsProvider",
                environment);
    }

    /** Never the credentials themselves. */
    @Override
    public String toString() {
        return source;
    }
}

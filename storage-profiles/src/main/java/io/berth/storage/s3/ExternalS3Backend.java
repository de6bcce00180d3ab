package io.berth.storage.s3;

import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.RunScope;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageUnavailable;
import io.berth.storage.TrustedAuthorities;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A bucket that somebody else provides, on any server that speaks S3. Its credentials are referred to, never written down:
 * berth looks them up when it needs them and hands them to applications by environment.
 */
public final class ExternalS3Backend implements StorageBackend {
    private static final String TRUST_STORE = "-authorities.p12";

    private final Map<String, String> berthEnvironment;

    /** Looks credentials up in the environment of this process. */
    public ExternalS3Backend() {
        this(System.getenv());
    }

    /**
     * Looks credentials up elsewhere.
     *
     * @param environment in place of this process' own
     */
    public ExternalS3Backend(Map<String, String> environment) {
        this.berthEnvironment = Map.copyOf(environment);
    }

    @Override
    public String name() {
        return "s3-external";
    }

    @Override
    public String description() {
        return "a bucket of an S3 server that is there already";
    }

    @Override
    public List<Setting> settings() {
        List<Setting> settings = new ArrayList<>(List.of(
                Setting.optional(
                        "endpoint",
                        Setting.Kind.URI,
                        "the server, such as https://s3.example:9000; Amazon's of the region if absent"),
                Setting.required(
                        "region", Setting.Kind.TEXT, "what requests are signed for; us-east-1 suits most servers"),
                Setting.required("bucket", Setting.Kind.TEXT, "a bucket that exists, unless createBucket is true"),
                Setting.optional(
                        "createBucket",
                        Setting.Kind.FLAG,
                        "whether berth makes the bucket if there is none; one that it made goes with the run unless something is in it, such as data sets. False if absent"),
                Setting.optional(
                        "prefix",
                        Setting.Kind.TEXT,
                        "of every key that berth uses, such as team/berth; none if absent"),
                Setting.optional(
                        "pathStyle",
                        Setting.Kind.FLAG,
                        "whether the bucket is in the path rather than in the host's name; false if absent"),
                Setting.optional(
                        "caFile",
                        Setting.Kind.TEXT,
                        "PEM file of certificate authorities that are trusted besides the JVM's"),
                Setting.optional("keepData", Setting.Kind.FLAG, "whether data sets outlive the run; true if absent")));
        settings.addAll(S3Credentials.settings());
        return settings;
    }

    @Override
    public Set<Role> roles() {
        return EnumSet.of(Role.DATA, Role.CHECKPOINT);
    }

    @Override
    public boolean reachesPods() {
        return true;
    }

    @Override
    public Storage open(StorageProfile profile, RunScope run) {
        Settings settings = Settings.of(profile);
        if (run.cluster().isPresent()) {
            refuseFiles(profile.name(), settings);
        }
        if (run.remote()
                && settings.text("credentials").filter("environment"::equals).isPresent()) {
            throw new StorageUnavailable(
                    "profile \"%s\": the executors of a standalone cluster would learn credentials of berth's environment by Spark's settings, where others can read them (allowed with --master spark://: file, which must be at the same path on every worker, and provider-chain)"
                            .formatted(profile.name()));
        }
        S3Location location = new S3Location(
                settings.uri("endpoint"),
                settings.text("region").orElseThrow(),
                settings.text("bucket").orElseThrow(),
                settings.flag("pathStyle", false));
        S3Credentials credentials = S3Credentials.of(profile.name(), settings, berthEnvironment, run.cluster());
        Optional<TrustedAuthorities> authorities =
                settings.path("caFile").map(file -> TrustedAuthorities.with(profile.name(), file));
        String prefix = settings.text("prefix")
                .map(text -> text.endsWith("/") ? text : text + "/")
                .orElse("");
        S3Bucket bucket =
                new S3Bucket(profile.name(), location, credentials, authorities.map(TrustedAuthorities::managers));
        Map<String, String> environment = new HashMap<>(credentials.environment());
        Map<String, String> conf = new HashMap<>(location.sparkConf(credentials.className()));
        authorities.ifPresent(trusted -> {
            // S3A has no setting for it, and the driver's JVM is started before Spark reads its own.
            String options = "-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=%s"
                    .formatted(written(profile.name(), trusted, run), TrustedAuthorities.PASSWORD);
            environment.put("JAVA_TOOL_OPTIONS", options);
        });
        try {
            if (settings.flag("createBucket", false)) {
                bucket.makeIfAbsent();
            }
            String data = settings.flag("keepData", true) ? "" : prefix + "data/";
            String runPrefix = prefix + "runs/" + run.run() + "/";
            return new S3Storage(bucket, location.bucket(), prefix, run, conf, environment, () -> {}, () -> {
                bucket.delete(runPrefix);
                if (!data.isEmpty()) {
                    bucket.delete(data);
                }
                bucket.removeIfMadeAndEmpty();
            });
        } catch (RuntimeException e) {
            bucket.close();
            throw e;
        }
    }

    /** Files of this machine are in no pod. */
    private static void refuseFiles(String profile, Settings settings) {
        for (String setting : List.of("caFile", "credentialsFile")) {
            if (settings.text(setting).isPresent()) {
                throw new StorageUnavailable(
                        "profile \"%s\": %s is a file of this machine, which pods don't have; put it into the image and leave the setting out"
                                .formatted(profile, setting));
            }
        }
        if (settings.text("credentials").filter("file"::equals).isPresent()) {
            throw new StorageUnavailable(
                    "profile \"%s\": credentials in a file of this machine don't reach pods (allowed on Kubernetes: secret, environment, provider-chain)"
                            .formatted(profile));
        }
    }

    /** A trust store beside the logs, where it may stay: what is in it is public, and says what was trusted. */
    private static Path written(String profile, TrustedAuthorities authorities, RunScope run) {
        Path store = run.logs().resolve(profile + TRUST_STORE).toAbsolutePath();
        try {
            Files.createDirectories(run.logs());
            authorities.write(store);
            return store;
        } catch (IOException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": no trust store can be written for applications (%s)".formatted(profile, e), e);
        }
    }
}

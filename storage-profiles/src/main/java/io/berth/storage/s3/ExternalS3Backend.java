package io.berth.storage.s3;

import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.Access;
import io.berth.storage.Cluster;
import io.berth.storage.PodVolume;
import io.berth.storage.RunScope;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageUnavailable;
import io.berth.storage.TrustedAuthorities;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.TrustManager;

/**
 * A bucket that somebody else provides, on any server that speaks S3. Its credentials are referred to, never written down:
 * berth looks them up when it needs them and hands them to applications by environment.
 */
public final class ExternalS3Backend implements StorageBackend {
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
        settings.addAll(S3Encryption.settings());
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
        Optional<TrustedAuthorities> authorities = TrustedAuthorities.of(profile.name(), settings);
        Optional<TrustManager[]> trust = authorities.map(TrustedAuthorities::managers);
        S3Credentials credentials = S3Credentials.of(profile.name(), settings, berthEnvironment, run.cluster(), trust);
        Optional<S3Encryption> encryption = encryption(profile.name(), settings, run);
        String prefix = settings.text("prefix")
                .map(text -> text.endsWith("/") ? text : text + "/")
                .orElse("");
        S3Bucket bucket = new S3Bucket(profile.name(), location, credentials, trust, encryption);
        Map<String, String> environment = new HashMap<>(credentials.environment());
        Map<String, String> conf = new HashMap<>(location.sparkConf(credentials.className()));
        encryption.ifPresent(it -> {
            environment.putAll(it.environment());
            conf.putAll(it.sparkConf(location.bucket()));
        });
        Optional<HandedOn> handedOn = authorities.map(trusted -> HandedOn.of(profile.name(), trusted, run));
        // S3A has no setting for it, and the driver's JVM is started before Spark reads its own.
        handedOn.ifPresent(it -> environment.put("JAVA_TOOL_OPTIONS", it.options()));
        try {
            if (settings.flag("createBucket", false)) {
                bucket.makeIfAbsent();
            }
            String data = settings.flag("keepData", true) ? "" : prefix + "data/";
            String runPrefix = prefix + "runs/" + run.run() + "/";
            Access access = new Access(
                    conf, environment, handedOn.map(HandedOn::volumes).orElse(List.of()));
            return new S3Storage(bucket, location.bucket(), prefix, run, access, () -> {}, () -> {
                try {
                    bucket.delete(runPrefix);
                    if (!data.isEmpty()) {
                        bucket.delete(data);
                    }
                    bucket.removeIfMadeAndEmpty();
                } finally {
                    handedOn.ifPresent(HandedOn::remove);
                }
            });
        } catch (RuntimeException e) {
            handedOn.ifPresent(HandedOn::remove);
            bucket.close();
            throw e;
        }
    }

    private Optional<S3Encryption> encryption(String profile, Settings settings, RunScope run) {
        boolean inSecret = settings.text("credentials").filter("secret"::equals).isPresent();
        Optional<S3Encryption> encryption = S3Encryption.of(
                profile,
                settings,
                inSecret ? S3Credentials.secret(profile, settings, run.cluster()) : berthEnvironment);
        if (run.remote() && encryption.filter(S3Encryption::hasSecret).isPresent()) {
            throw new StorageUnavailable(
                    "profile \"%s\": the executors of a standalone cluster would learn the key of SSE-C by Spark's settings, where others can read them (allowed with --master spark://: SSE-S3 and SSE-KMS)"
                            .formatted(profile));
        }
        return encryption;
    }

    /** Files of this machine are in no pod. */
    private static void refuseFiles(String profile, Settings settings) {
        for (String setting : List.of("credentialsFile", "tokenFile", "roleArn")) {
            if (settings.text(setting).isPresent()) {
                throw new StorageUnavailable(
                        "profile \"%s\": %s is of this machine alone, and pods have their own; leave the setting out"
                                .formatted(profile, setting));
            }
        }
        if (settings.text("credentials").filter("file"::equals).isPresent()) {
            throw new StorageUnavailable(
                    "profile \"%s\": credentials in a file of this machine don't reach pods (allowed on Kubernetes: secret, environment, web-identity, provider-chain)"
                            .formatted(profile));
        }
    }

    /**
     * A trust store for the JVMs of applications. What is in it is public, and says what was trusted: on this machine it stays
     * beside the logs, and in a cluster it is a ConfigMap.
     *
     * @param path where applications see it
     * @param made for pods
     */
    private record HandedOn(Path path, Optional<Cluster> cluster, Optional<HasMetadata> made) {
        private static final String FILE = "authorities.p12";
        private static final String MOUNT_PATH = "/etc/berth-authorities";

        static HandedOn of(String profile, TrustedAuthorities authorities, RunScope run) {
            Path store = run.logs().resolve(profile + "-" + FILE).toAbsolutePath();
            try {
                Files.createDirectories(run.logs());
                authorities.write(store);
                if (run.cluster().isEmpty()) {
                    return new HandedOn(store, Optional.empty(), Optional.empty());
                }
                Cluster cluster = run.cluster().get();
                HasMetadata made = cluster.make(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withName(cluster.run() + "-" + profile + "-authorities")
                        .withNamespace(cluster.namespace())
                        .withLabels(cluster.labels())
                        .endMetadata()
                        .addToBinaryData(FILE, Base64.getEncoder().encodeToString(Files.readAllBytes(store)))
                        .build());
                return new HandedOn(Path.of(MOUNT_PATH, FILE), run.cluster(), Optional.of(made));
            } catch (IOException e) {
                throw new StorageUnavailable(
                        "profile \"%s\": no trust store can be written for applications (%s)".formatted(profile, e), e);
            } catch (KubernetesClientException e) {
                throw new StorageUnavailable(
                        "profile \"%s\": no ConfigMap can be made for pods, with the authorities of caFile (%s)"
                                .formatted(profile, Cluster.reason(e)),
                        e);
            }
        }

        String options() {
            return "-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=%s"
                    .formatted(path, TrustedAuthorities.PASSWORD);
        }

        List<PodVolume> volumes() {
            return made
                    .map(map -> new PodVolume(
                            new VolumeBuilder()
                                    .withName("berth-authorities")
                                    .withNewConfigMap()
                                    .withName(map.getMetadata().getName())
                                    .endConfigMap()
                                    .build(),
                            MOUNT_PATH))
                    .stream()
                    .toList();
        }

        void remove() {
            made.ifPresent(map -> cluster.orElseThrow().client().resource(map).delete());
        }
    }
}

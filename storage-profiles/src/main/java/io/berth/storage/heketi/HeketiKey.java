package io.berth.storage.heketi;

import io.berth.model.check.Trouble;
import io.berth.storage.Cluster;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A user's key by reference. Only berth itself needs it; pods mount volumes without. */
final class HeketiKey {
    private static final String VARIABLE = "HEKETI_KEY";
    private static final String ALGORITHM = "HmacSHA256";

    private final String source;
    private final SecretKeySpec key;

    private HeketiKey(String source, String key) {
        this.source = source;
        this.key = new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM);
    }

    static List<Setting> settings() {
        return List.of(
                Setting.required(
                        "credentials",
                        Setting.Kind.TEXT,
                        "where the user's key is: environment, file, or secret (of Kubernetes)"),
                Setting.optional(
                        "keyVariable",
                        Setting.Kind.TEXT,
                        "environment variable, or key of the Secret, with the user's key; " + VARIABLE + " if absent"),
                Setting.optional(
                        "keyFile",
                        Setting.Kind.TEXT,
                        "a file with nothing but the user's key, where credentials is file"),
                Setting.optional(
                        "secret",
                        Setting.Kind.TEXT,
                        "the name of the Secret, in the namespace that berth works in, where credentials is secret"));
    }

    /**
     * What a profile refers to.
     *
     * @param environment of berth
     * @throws StorageUnavailable naming what isn't there
     */
    static HeketiKey of(String profile, Settings settings, Map<String, String> environment, Cluster cluster) {
        String variable = settings.text("keyVariable").orElse(VARIABLE);
        String where = settings.text("credentials").orElse("");
        return switch (where) {
            case "environment" ->
                of(profile, "environment variable " + variable, environment.getOrDefault(variable, ""));
            case "file" -> fromFile(profile, settings);
            case "secret" -> {
                String name = settings.text("secret").orElseThrow(() -> missing(profile, "secret"));
                String source = "key %s of Secret %s of namespace %s".formatted(variable, name, cluster.namespace());
                try {
                    yield of(profile, source, cluster.secret(name).getOrDefault(variable, ""));
                } catch (KubernetesClientException e) {
                    throw new StorageUnavailable(
                            "profile \"%s\": %s can't be read (%s)".formatted(profile, source, Cluster.reason(e)), e);
                }
            }
            default ->
                throw new StorageUnavailable(
                        "profile \"%s\": credentials \"%s\" are not known (allowed: environment, file, secret)"
                                .formatted(profile, where));
        };
    }

    private static HeketiKey fromFile(String profile, Settings settings) {
        Path file = settings.path("keyFile").orElseThrow(() -> missing(profile, "keyFile"));
        try {
            return of(profile, "file " + file, Files.readString(file));
        } catch (IOException e) {
            throw new StorageUnavailable(
                    Trouble.CREDENTIALS_MISSING,
                    "profile \"%s\": its key should be in file %s, which can't be read (%s)"
                            .formatted(profile, file, e),
                    e);
        }
    }

    private static HeketiKey of(String profile, String source, String key) {
        if (key.isBlank()) {
            throw new StorageUnavailable(
                    Trouble.CREDENTIALS_MISSING,
                    "profile \"%s\": its key should be in %s, which is not set".formatted(profile, source));
        }
        return new HeketiKey(source, key.strip());
    }

    private static StorageUnavailable missing(String profile, String setting) {
        return new StorageUnavailable(
                "profile \"%s\": %s: is missing, which says where the user's key is".formatted(profile, setting));
    }

    byte[] sign(byte[] text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /** Never the key itself. */
    @Override
    public String toString() {
        return source;
    }
}

package io.berth.storage.s3;

import io.berth.model.check.Trouble;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.StorageUnavailable;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * How the server encrypts objects, for applications and for what berth itself writes and reads. A key of the customer's is
 * looked up like credentials, and travels like them.
 */
final class S3Encryption {
    private static final String KEY_VARIABLE = "BERTH_S3_ENCRYPTION_KEY";
    private static final String CUSTOMER_ALGORITHM = "AES256";
    private static final int KEY_BYTES = 32;

    private final Kind kind;
    private final Optional<String> kmsKey;
    private final String customerKey;

    private enum Kind {
        SSE_S3("SSE-S3", "AES256"),
        SSE_KMS("SSE-KMS", "SSE-KMS"),
        SSE_C("SSE-C", "SSE-C");

        private final String setting;
        private final String algorithm;

        /** @param algorithm as S3A calls it */
        Kind(String setting, String algorithm) {
            this.setting = setting;
            this.algorithm = algorithm;
        }
    }

    private S3Encryption(Kind kind, Optional<String> kmsKey, String customerKey) {
        this.kind = kind;
        this.kmsKey = kmsKey;
        this.customerKey = customerKey;
    }

    static List<Setting> settings() {
        return List.of(
                Setting.optional(
                        "encryption",
                        Setting.Kind.TEXT,
                        "by the server: SSE-S3, SSE-KMS or SSE-C (a key of yours with every request); as the bucket does it if absent"),
                Setting.optional(
                        "kmsKey", Setting.Kind.TEXT, "for SSE-KMS: the key's ARN; the account's default key if absent"),
                Setting.optional(
                        "encryptionKeyVariable",
                        Setting.Kind.TEXT,
                        "for SSE-C: environment variable, or key of the Secret, with 256 bits in Base64; %s if absent"
                                .formatted(KEY_VARIABLE)));
    }

    /**
     * What a profile says.
     *
     * @param secrets environment of berth, or what is in the profile's Secret
     * @throws StorageUnavailable naming what is wrong, and never a key
     */
    static Optional<S3Encryption> of(String profile, Settings settings, Map<String, String> secrets) {
        Optional<String> asked = settings.text("encryption");
        if (asked.isEmpty()) {
            return Optional.empty();
        }
        for (Kind kind : Kind.values()) {
            if (kind.setting.equals(asked.get())) {
                if (kind != Kind.SSE_KMS && settings.text("kmsKey").isPresent()) {
                    throw new StorageUnavailable(
                            "profile \"%s\": kmsKey is for encryption SSE-KMS, but encryption is %s; remove one of both"
                                    .formatted(profile, kind.setting));
                }
                String key = kind == Kind.SSE_C ? customerKey(profile, settings, secrets) : "";
                return Optional.of(new S3Encryption(kind, settings.text("kmsKey"), key));
            }
        }
        throw new StorageUnavailable("profile \"%s\": encryption \"%s\" is not known (allowed: SSE-S3, SSE-KMS, SSE-C)"
                .formatted(profile, asked.get()));
    }

    private static String customerKey(String profile, Settings settings, Map<String, String> secrets) {
        String variable = settings.text("encryptionKeyVariable").orElse(KEY_VARIABLE);
        String key = secrets.getOrDefault(variable, "").strip();
        if (key.isEmpty()) {
            throw new StorageUnavailable(
                    Trouble.CREDENTIALS_MISSING,
                    "profile \"%s\": its key for SSE-C should be in %s, which is not set; export it, or add it to the Secret"
                            .formatted(profile, variable));
        }
        if (!isKey(key)) {
            throw new StorageUnavailable(
                    Trouble.CREDENTIALS_REFUSED,
                    "profile \"%s\": %s is no key for SSE-C (allowed: 256 bits in Base64, such as openssl rand -base64 32 makes)"
                            .formatted(profile, variable));
        }
        return key;
    }

    private static boolean isKey(String text) {
        try {
            return Base64.getDecoder().decode(text).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether the key of every object is a secret that applications must have. */
    boolean hasSecret() {
        return kind == Kind.SSE_C;
    }

    /** For S3A; a key of the customer's as the name of the variable that holds it, which Hadoop looks up when it needs it. */
    Map<String, String> sparkConf(String bucket) {
        String prefix = "spark.hadoop.fs.s3a.bucket." + bucket + ".encryption.";
        Map<String, String> conf = new TreeMap<>();
        conf.put(prefix + "algorithm", kind.algorithm);
        kmsKey.ifPresent(key -> conf.put(prefix + "key", key));
        if (hasSecret()) {
            conf.put(prefix + "key", "${env." + KEY_VARIABLE + "}");
        }
        return conf;
    }

    /** Of applications. */
    Map<String, String> environment() {
        return hasSecret() ? Map.of(KEY_VARIABLE, customerKey) : Map.of();
    }

    void apply(PutObjectRequest.Builder put) {
        switch (kind) {
            case SSE_S3 -> put.serverSideEncryption(ServerSideEncryption.AES256);
            case SSE_KMS -> {
                put.serverSideEncryption(ServerSideEncryption.AWS_KMS);
                kmsKey.ifPresent(put::ssekmsKeyId);
            }
            case SSE_C ->
                put.sseCustomerAlgorithm(CUSTOMER_ALGORITHM)
                        .sseCustomerKey(customerKey)
                        .sseCustomerKeyMD5(md5());
        }
    }

    void apply(GetObjectRequest.Builder get) {
        if (hasSecret()) {
            get.sseCustomerAlgorithm(CUSTOMER_ALGORITHM)
                    .sseCustomerKey(customerKey)
                    .sseCustomerKeyMD5(md5());
        }
    }

    private String md5() {
        try {
            byte[] key = Base64.getDecoder().decode(customerKey);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(key));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    /** Never a key. */
    @Override
    public String toString() {
        return kind.setting;
    }
}

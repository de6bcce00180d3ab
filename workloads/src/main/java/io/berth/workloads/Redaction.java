package io.berth.workloads;

import io.berth.model.text.SecretKeys;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Keeps secrets out of what is recorded. */
final class Redaction {
    static final String REDACTED = "(redacted)";

    /** Spark's default of {@code spark.redaction.regex}, for a conf that doesn't set it. */
    private static final String SPARKS_DEFAULT = "(?i)secret|password|token|access[.]?key";

    private static final Pattern USER_IN_URI = Pattern.compile("(?<=://)[^/@\\s]+@");

    private Redaction() {}

    /** The conf with every value hidden whose key or text looks like a secret. */
    static Map<String, String> redacted(Map<String, String> conf) {
        Pattern sparks = Pattern.compile(conf.getOrDefault("spark.redaction.regex", SPARKS_DEFAULT));
        Map<String, String> shown = new TreeMap<>();
        conf.forEach((key, value) -> shown.put(
                key,
                SecretKeys.mayHoldSecret(key)
                                || sparks.matcher(key).find()
                                || sparks.matcher(value).find()
                        ? REDACTED
                        : USER_IN_URI.matcher(value).replaceAll(REDACTED + "@")));
        return shown;
    }
}

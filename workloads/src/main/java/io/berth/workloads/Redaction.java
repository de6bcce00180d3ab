package io.berth.workloads;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Keeps secrets out of what is recorded. */
final class Redaction {
    static final String REDACTED = "(redacted)";

    /** Spark's default of {@code spark.redaction.regex}, for a conf that doesn't set it. */
    private static final String SPARKS_DEFAULT = "(?i)secret|password|token|access[.]?key";

    private static final Pattern OURS = Pattern.compile(
            "(?i)secret|passw(or)?d|passphrase|token|credential|access[._-]?key|account[._-]?key|keytab");
    private static final Pattern USER_IN_URI = Pattern.compile("(?<=://)[^/@\\s]+@");

    private Redaction() {}

    /** The conf with every value hidden whose key or text looks like a secret. */
    static Map<String, String> redacted(Map<String, String> conf) {
        Pattern sparks = Pattern.compile(conf.getOrDefault("spark.redaction.regex", SPARKS_DEFAULT));
        Map<String, String> shown = new TreeMap<>();
        conf.forEach((key, value) -> shown.put(
                key,
                looksSecret(key, sparks) || sparks.matcher(value).find()
                        ? REDACTED
                        : USER_IN_URI.matcher(value).replaceAll(REDACTED + "@")));
        return shown;
    }

    private static boolean looksSecret(String key, Pattern sparks) {
        // Which class finds the credentials is worth knowing, and no secret.
        return !key.endsWith(".credentials.provider")
                && (OURS.matcher(key).find() || sparks.matcher(key).find());
    }
}

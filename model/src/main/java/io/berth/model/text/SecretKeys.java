package io.berth.model.text;

import java.util.regex.Pattern;

/** Tells settings that hold secrets by their names, for all that keeps secrets out of files. */
public final class SecretKeys {
    private static final Pattern SECRET = Pattern.compile(
            "(?i)secret|passw(or)?d|passphrase|token|credential|(access|account|encryption)[._-]?key|keytab");

    /** Says where a secret lies, what finds it, or whether it is used. */
    private static final Pattern REFERENCE = Pattern.compile(
            "(?i)([.](provider|provider[.]path|enabled|binding|mechanism|keytab)|file)$|[.](secretKeyRef|secrets)[.]");

    private SecretKeys() {}

    /** Whether the value of such a key had better not be shown. */
    public static boolean mayHoldSecret(String key) {
        // Which class finds the credentials is worth knowing.
        return SECRET.matcher(key).find() && !key.endsWith(".credentials.provider");
    }

    /** Whether the value of such a key is a secret itself, and not a reference to one. */
    public static boolean holdsSecret(String key) {
        return mayHoldSecret(key) && !REFERENCE.matcher(key).find();
    }
}

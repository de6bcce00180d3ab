package io.berth.runner.plan;

import io.berth.model.text.BadInput;
import io.berth.model.text.SecretKeys;
import io.berth.model.text.YamlFile;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Keeps secrets out of what people write as Spark conf: it stands in plans, specs, logs and reports for anyone to read. */
final class SecretFreeConf {
    private static final Pattern USER_IN_URI = Pattern.compile("://[^/@\\s]+:[^/@\\s]+@");
    private static final Pattern JVM_OPTION = Pattern.compile("-D([^=\\s]+)=");

    private SecretFreeConf() {}

    /**
     * Checks all keys and values.
     *
     * @param pointer where the conf stands in the file
     * @throws BadInput naming file, line and key, and never the value
     */
    static void require(YamlFile file, String pointer, Map<String, String> conf) {
        new TreeMap<>(conf).forEach((key, value) -> {
            if (SecretKeys.holdsSecret(key) || valueHoldsSecret(value)) {
                throw file.problem(
                        pointer + "/" + key,
                        "%s holds a secret, which would stand in plans and logs; a storage profile says where its credentials are (see berth profiles), and others can be in a file that is named, as by spark.authenticate.secret.file or spark.hadoop.hadoop.security.credential.provider.path"
                                .formatted(key));
            }
        });
    }

    private static boolean valueHoldsSecret(String value) {
        return USER_IN_URI.matcher(value).find()
                || JVM_OPTION.matcher(value).results().anyMatch(option -> SecretKeys.holdsSecret(option.group(1)));
    }
}

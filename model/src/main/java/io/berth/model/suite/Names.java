package io.berth.model.suite;

import io.berth.model.text.BadInput;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The checks that every hand-written file shares. */
final class Names {
    /** Names become parts of file names, pod names and labels: those of RFC 1123. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?");

    private static final Pattern SPARK_VERSION = Pattern.compile("[0-9]{1,3}\\.[0-9]{1,3}");
    private static final Pattern MEMORY_SETTING = Pattern.compile("spark\\.(driver|executor)\\.memory(Overhead)?");
    private static final Pattern MEMORY = Pattern.compile("[0-9]+[kmgtKMGT]");

    private Names() {}

    static String require(String key, @Nullable String value) {
        if (value == null) {
            throw new BadInput("%s is missing".formatted(key));
        }
        if (!NAME.matcher(value).matches()) {
            throw new BadInput(
                    "%s \"%s\" is not a name (allowed: at most 40 of a-z, 0-9 and -, beginning and ending with a letter or digit)"
                            .formatted(key, value));
        }
        return value;
    }

    static String requireSparkVersion(String key, String value) {
        if (!SPARK_VERSION.matcher(value).matches()) {
            throw new BadInput("%s \"%s\" is not a version of Spark (allowed: MAJOR.MINOR in quotes, such as \"4.1\")"
                    .formatted(key, value));
        }
        return value;
    }

    static <T> List<T> requireSome(String key, @Nullable List<T> values) {
        if (values == null || values.isEmpty()) {
            throw new BadInput("%s is missing or empty (needed: at least one)".formatted(key));
        }
        return List.copyOf(values);
    }

    static <T> T requirePresent(String key, @Nullable T value) {
        if (value == null) {
            throw new BadInput("%s is missing".formatted(key));
        }
        return value;
    }

    /** Checks the settings of a Spark conf that berth itself has to understand: what JVMs and pods may take. */
    static Map<String, String> requireMemory(String key, @Nullable Map<String, String> conf) {
        if (conf == null) {
            return Map.of();
        }
        conf.forEach((setting, value) -> {
            if (MEMORY_SETTING.matcher(setting).matches()
                    && !MEMORY.matcher(value).matches()) {
                throw new BadInput("%s has %s \"%s\" (allowed: a whole number with k, m, g or t, such as 1536m)"
                        .formatted(key, setting, value));
            }
        });
        return Map.copyOf(conf);
    }

    static void requireRange(String key, OptionalInt value, int least, int most) {
        if (value.isPresent() && (value.getAsInt() < least || value.getAsInt() > most)) {
            throw new BadInput("%s is %d (allowed: %d to %d)".formatted(key, value.getAsInt(), least, most));
        }
    }
}

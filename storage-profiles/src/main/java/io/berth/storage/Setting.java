package io.berth.storage;

/**
 * A setting that the profiles of a backend may have. Settings are data, so that one list serves checking, error messages
 * and {@code berth profiles}.
 *
 * @param name        the key in YAML
 * @param kind        what values are allowed
 * @param required    whether a profile must have it
 * @param description what it does, and what its absence means
 */
public record Setting(String name, Kind kind, boolean required, String description) {

    /** What values a setting takes. */
    public enum Kind {
        TEXT("text"),
        NUMBER("a whole number"),
        URI("a URI with a server, such as https://storage.example:9000"),
        FLAG("true or false"),
        TEXTS("a list of texts"),
        OBJECT("a mapping");

        private final String description;

        Kind(String description) {
            this.description = description;
        }

        /** As error messages say it. */
        public String description() {
            return description;
        }
    }

    public static Setting required(String name, Kind kind, String description) {
        return new Setting(name, kind, true, description);
    }

    public static Setting optional(String name, Kind kind, String description) {
        return new Setting(name, kind, false, description);
    }
}

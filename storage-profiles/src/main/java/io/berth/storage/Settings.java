package io.berth.storage;

import io.berth.model.suite.StorageProfile;
import io.berth.model.text.YamlFile;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The checked settings of one profile. */
public final class Settings {
    private final Map<String, Object> values;

    private Settings(Map<String, Object> values) {
        this.values = values;
    }

    /** The settings of a profile that was checked when it was read. */
    public static Settings of(StorageProfile profile) {
        return new Settings(profile.settings());
    }

    /**
     * Checks a profile's settings against those that its backend knows.
     *
     * @throws io.berth.model.text.BadInput with file and line, naming what is allowed
     */
    static void check(YamlFile file, StorageProfile profile, List<Setting> known) {
        for (Map.Entry<String, Object> entry : new TreeMap<>(profile.settings()).entrySet()) {
            String pointer = "/settings/" + entry.getKey();
            Setting setting = known.stream()
                    .filter(candidate -> candidate.name().equals(entry.getKey()))
                    .findFirst()
                    .orElseThrow(() -> file.problem(
                            pointer,
                            "setting \"%s\" is not known to backend \"%s\" (known: %s)"
                                    .formatted(
                                            entry.getKey(),
                                            profile.backend(),
                                            known.stream().map(Setting::name).collect(Collectors.joining(", ")))));
            if (!fits(setting.kind(), entry.getValue())) {
                throw file.problem(
                        pointer,
                        "setting \"%s\" is %s (allowed: %s)"
                                .formatted(
                                        entry.getKey(),
                                        entry.getValue(),
                                        setting.kind().description()));
            }
        }
        for (Setting setting : known) {
            if (setting.required() && !profile.settings().containsKey(setting.name())) {
                throw file.problem(
                        "/settings", "setting \"%s\" is missing: %s".formatted(setting.name(), setting.description()));
            }
        }
    }

    /** A text, with {@code ~/} at its start replaced by the home directory. */
    public Optional<Path> path(String name) {
        return text(name)
                .map(value -> value.startsWith("~/")
                        ? Path.of(System.getProperty("user.home"), value.substring(2))
                        : Path.of(value));
    }

    public Optional<String> text(String name) {
        return Optional.ofNullable((String) values.get(name));
    }

    /** A setting of that kind. */
    public Optional<URI> uri(String name) {
        return text(name).map(URI::create);
    }

    public boolean flag(String name, boolean otherwise) {
        return (Boolean) values.getOrDefault(name, otherwise);
    }

    public OptionalInt number(String name) {
        Object value = values.get(name);
        return value == null ? OptionalInt.empty() : OptionalInt.of(((Number) value).intValue());
    }

    public List<String> texts(String name) {
        return ((List<?>) values.getOrDefault(name, List.of()))
                .stream().map(String.class::cast).toList();
    }

    /** A mapping as it is in the profile. */
    public Optional<Map<?, ?>> object(String name) {
        return Optional.ofNullable((Map<?, ?>) values.get(name));
    }

    /** What stands for something of a deployed server becomes part of the URI later. */
    private static boolean isUri(String text) {
        try {
            URI uri = new URI(text.replaceAll("\\$\\{[a-z]+}", "x"));
            return uri.getScheme() != null && uri.getAuthority() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static boolean fits(Setting.Kind kind, Object value) {
        return switch (kind) {
            case TEXT -> value instanceof String;
            case URI -> value instanceof String text && isUri(text);
            case NUMBER -> value instanceof Integer || value instanceof Long;
            case FLAG -> value instanceof Boolean;
            case TEXTS -> value instanceof List<?> list && list.stream().allMatch(String.class::isInstance);
            case OBJECT -> value instanceof Map;
        };
    }
}

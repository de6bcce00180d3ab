package io.berth.model.text;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A YAML file that knows at which line each of its values stands, so that an error found late can still point there. */
public final class YamlFile {
    private final Path path;
    private final String text;
    private final Map<String, Integer> lines;

    private YamlFile(Path path, String text, Map<String, Integer> lines) {
        this.path = path;
        this.text = text;
        this.lines = lines;
    }

    /**
     * Reads a whole file.
     *
     * @throws BadInput if it can't be read or isn't YAML
     */
    public static YamlFile read(Path path) {
        String text;
        try {
            text = Files.readString(path);
        } catch (NoSuchFileException e) {
            throw new BadInput(path + ": there is no such file", e);
        } catch (IOException e) {
            throw new BadInput(path + ": can't be read (" + IoReason.of(e) + ")", e);
        }
        return new YamlFile(path, text, lines(path, text));
    }

    public Path path() {
        return path;
    }

    /**
     * Binds the whole file to {@code type}, strictly.
     *
     * @throws BadInput with file and line, naming the unknown key and the allowed ones, or the wrong value
     */
    public <T> T bind(Class<T> type) {
        T value;
        try {
            // Jackson itself finds unknown keys only after a record's constructor has complained of what is missing.
            checkKeys(Formats.yaml().readTree(text), Formats.yaml().constructType(type), "");
            value = Formats.yaml().readValue(text, type);
        } catch (JsonMappingException e) {
            throw wrongValue(e);
        } catch (IOException e) {
            throw new BadInput(path + ": can't be read (" + e.getMessage() + ")", e);
        }
        if (value == null) {
            throw new BadInput(path + ":1: the file is empty");
        }
        return value;
    }

    private void checkKeys(JsonNode node, JavaType type, String pointer) {
        if (node.isNull() && !pointer.isEmpty()) {
            throw problem(pointer, "%s has no value; give it one, or leave it out".formatted(dotted(pointer)));
        }
        if (type.isReferenceType() || type.isArrayType()) {
            checkKeys(node, type.getContentType(), pointer);
        } else if (type.isCollectionLikeType() && node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                checkKeys(node.get(i), type.getContentType(), pointer + "/" + i);
            }
        } else if (type.isMapLikeType() && node.isObject()) {
            node.properties()
                    .forEach(entry ->
                            checkKeys(entry.getValue(), type.getContentType(), pointer + "/" + entry.getKey()));
        } else if (type.getRawClass().isRecord() && node.isObject()) {
            Map<String, JavaType> known = new TreeMap<>();
            for (BeanPropertyDefinition property :
                    Formats.yaml().getDeserializationConfig().introspect(type).findProperties()) {
                known.put(property.getName(), property.getPrimaryType());
            }
            node.properties().forEach(entry -> {
                JavaType valueType = known.get(entry.getKey());
                String place = pointer + "/" + entry.getKey();
                if (valueType == null) {
                    throw problem(
                            place,
                            "key \"%s\" is not known here (known: %s)"
                                    .formatted(entry.getKey(), String.join(", ", known.keySet())));
                }
                checkKeys(entry.getValue(), valueType, place);
            });
        } else if (type.isJavaLangObject() && node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                checkKeys(node.get(i), type, pointer + "/" + i);
            }
        }
    }

    /** {@code /workloads/0/name} as {@code workloads[0].name}. */
    private static String dotted(String pointer) {
        return pointer.substring(1).replaceAll("/(\\d+)(?=/|$)", "[$1]").replace('/', '.');
    }

    private BadInput wrongValue(JsonMappingException e) {
        Throwable root = RootCause.of(e);
        if (root instanceof BadInput) {
            // Thrown by a record's constructor, whose messages begin with the key they are about.
            String message = String.valueOf(root.getMessage());
            String key = message.substring(0, Math.max(0, message.indexOf(' ')));
            String parent = pointer(e);
            String pointer = parent.endsWith("/" + key) ? parent : parent + "/" + key;
            return problem(pointer, message);
        }
        String allowed = e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null
                ? allowed(mismatch.getTargetType())
                : String.valueOf(root.getMessage());
        return new BadInput(
                "%s:%d: value %s of %s is not allowed (allowed: %s)"
                        .formatted(path, line(e), tree().at(pointer(e)), pathOf(e), allowed),
                e);
    }

    private static String allowed(Class<?> type) {
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .map(constant -> Formats.json().convertValue(constant, String.class))
                    .collect(Collectors.joining(", "));
        }
        if (type == int.class || type == OptionalInt.class || type == long.class || type == OptionalLong.class) {
            return "a whole number";
        }
        if (type == String.class) {
            return "a text";
        }
        return List.class.isAssignableFrom(type) ? "a list" : "keys with values";
    }

    private JsonNode tree() {
        try {
            return Formats.yaml().readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("read before without an error", e);
        }
    }

    private static String pointer(JsonMappingException e) {
        String path = pathOf(e).replace("[", "/").replace("]", "").replace('.', '/');
        return path.isEmpty() || path.startsWith("/") ? path : "/" + path;
    }

    /** An error about the value at a JSON pointer such as {@code /workloads/0/name}; the nearest known parent's line. */
    public BadInput problem(String pointer, String message) {
        String place = pointer;
        while (!place.isEmpty() && !lines.containsKey(place)) {
            place = place.substring(0, Math.max(0, place.lastIndexOf('/')));
        }
        return new BadInput("%s:%d: %s".formatted(path, lines.getOrDefault(place, 1), message));
    }

    private static Map<String, Integer> lines(Path path, String text) {
        Map<String, Integer> lines = new HashMap<>();
        try (JsonParser parser = Formats.yaml().createParser(text)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                lines.putIfAbsent(
                        parser.getParsingContext().pathAsPointer().toString(),
                        parser.currentTokenLocation().getLineNr());
            }
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            // Indented lines quote the file; the others say what is wrong.
            String why = e.getOriginalMessage()
                    .lines()
                    .filter(line -> !line.startsWith(" "))
                    .collect(Collectors.joining(", "));
            throw new BadInput("%s:%d: %s".formatted(path, at == null ? 1 : at.getLineNr(), why), e);
        } catch (IOException e) {
            throw new BadInput(path + ": can't be read (" + e.getMessage() + ")", e);
        }
        return lines;
    }

    private int line(JsonMappingException e) {
        return e.getLocation() == null ? 1 : e.getLocation().getLineNr();
    }

    private static String pathOf(JsonMappingException e) {
        StringBuilder dotted = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                dotted.append('[').append(step.getIndex()).append(']');
            } else {
                dotted.append(dotted.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return dotted.toString();
    }
}

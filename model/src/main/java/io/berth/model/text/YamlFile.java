package io.berth.model.text;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
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
            throw new BadInput(path + ": can't be read (" + e + ")", e);
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
            value = Formats.yaml().readValue(text, type);
        } catch (UnrecognizedPropertyException e) {
            String known = e.getKnownPropertyIds() == null
                    ? ""
                    : e.getKnownPropertyIds().stream()
                            .map(String::valueOf)
                            .sorted()
                            .collect(Collectors.joining(", "));
            throw new BadInput(
                    "%s:%d: key \"%s\" is not known here (known: %s)"
                            .formatted(path, line(e), dotted(e) + e.getPropertyName(), known),
                    e);
        } catch (InvalidFormatException e) {
            String allowed = e.getTargetType().isEnum()
                    ? "one of "
                            + Arrays.stream(e.getTargetType().getEnumConstants())
                                    .map(Object::toString)
                                    .collect(Collectors.joining(", "))
                    : "a " + e.getTargetType().getSimpleName().toLowerCase(java.util.Locale.ROOT);
            throw new BadInput(
                    "%s:%d: value \"%s\" of %s is not allowed (allowed: %s)"
                            .formatted(path, line(e), e.getValue(), pathOf(e), allowed),
                    e);
        } catch (JsonMappingException e) {
            String where = pathOf(e);
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            String why = root instanceof JsonProcessingException json ? json.getOriginalMessage() : root.getMessage();
            throw new BadInput("%s:%d: %s%s".formatted(path, line(e), where.isEmpty() ? "" : where + ": ", why), e);
        } catch (IOException e) {
            throw new BadInput(path + ": can't be read (" + e.getMessage() + ")", e);
        }
        if (value == null) {
            throw new BadInput(path + ":1: the file is empty");
        }
        return value;
    }

    /** An error about the value at a JSON pointer such as {@code /workloads/0/name}; the nearest known parent's line. */
    public BadInput problem(String pointer, String message) {
        String place = pointer;
        while (!place.isEmpty() && !lines.containsKey(place)) {
            place = place.substring(0, place.lastIndexOf('/'));
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
            String why = e.getOriginalMessage().lines().findFirst().orElse("not YAML");
            throw new BadInput("%s:%d: %s".formatted(path, at == null ? 1 : at.getLineNr(), why), e);
        } catch (IOException e) {
            throw new BadInput(path + ": can't be read (" + e.getMessage() + ")", e);
        }
        return lines;
    }

    private int line(JsonMappingException e) {
        return e.getLocation() == null ? 1 : e.getLocation().getLineNr();
    }

    private static String dotted(JsonMappingException e) {
        String whole = pathOf(e);
        int dot = whole.lastIndexOf('.');
        return dot < 0 ? "" : whole.substring(0, dot + 1);
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

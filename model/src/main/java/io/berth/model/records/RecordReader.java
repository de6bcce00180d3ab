package io.berth.model.records;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.berth.model.text.BadInput;
import io.berth.model.text.FormatVersion;
import io.berth.model.text.Formats;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads record lines back and tells whether they are complete. */
public final class RecordReader {
    private RecordReader() {}

    /**
     * What was read.
     *
     * @param lines  the good lines from the start, without the end record
     * @param defect what is wrong with the rest; empty only if the file is complete and sealed
     * @param format the version that the application speaks, if it is another than this reader's; nothing else of it is read
     *               then
     */
    public record Records(List<RecordLine> lines, Optional<String> defect, Optional<FormatVersion> format) {
        public Records {
            lines = List.copyOf(lines);
        }

        /** Records in this reader's own format. */
        public Records(List<RecordLine> lines, Optional<String> defect) {
            this(lines, defect, Optional.empty());
        }
    }

    /**
     * Reads until the end record, the end of the stream, or the first bad line. A defect of the file is part of the
     * answer, because the good lines before it are worth having. No more than a line is held as text at a time.
     */
    public static Records read(InputStream in) throws IOException {
        List<RecordLine> lines = new ArrayList<>();
        MessageDigest digest = RecordWriter.sha256();
        InputStream buffered = new BufferedInputStream(in);
        while (true) {
            byte[] bytes = line(buffered);
            if (bytes.length == 0) {
                return new Records(
                        lines, Optional.of("the end record is missing after %d lines".formatted(lines.size())));
            }
            if (bytes[bytes.length - 1] != '\n') {
                return new Records(lines, Optional.of("line %d is cut off".formatted(lines.size() + 1)));
            }
            RecordLine line;
            try {
                ObjectNode fields = fields(bytes, lines.size());
                Optional<FormatVersion> format = lines.isEmpty() ? otherFormat(fields) : Optional.empty();
                if (format.isPresent()) {
                    return new Records(
                            lines,
                            Optional.of("the application's record has format version %s, but this berth reads %s"
                                    .formatted(format.get(), FormatVersion.CURRENT)),
                            format);
                }
                line = Formats.json().treeToValue(fields, RecordLine.class);
            } catch (BadInput | JsonProcessingException | IllegalArgumentException e) {
                return new Records(
                        lines,
                        Optional.of(
                                "line %d can't be read: %s".formatted(lines.size() + 1, firstLine(e.getMessage()))));
            }
            if (line instanceof RecordLine.End end) {
                String sha256 = HexFormat.of().formatHex(digest.digest());
                if (end.count() != lines.size() || !end.sha256().equals(sha256)) {
                    return new Records(
                            lines,
                            Optional.of("the end record counts %d lines with SHA-256 %s, but there are %d with %s"
                                    .formatted(end.count(), end.sha256(), lines.size(), sha256)));
                }
                return new Records(
                        lines,
                        buffered.read() >= 0 ? Optional.of("something follows the end record") : Optional.empty());
            }
            digest.update(bytes);
            lines.add(line);
        }
    }

    /** With its line feed, unless the stream ends before; empty at the end. */
    private static byte[] line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = in.read();
        while (next >= 0) {
            line.write(next);
            if (next == '\n') {
                break;
            }
            next = in.read();
        }
        return line.toByteArray();
    }

    /** The first line of every version says which one it is. */
    private static Optional<FormatVersion> otherFormat(ObjectNode fields) {
        return Optional.ofNullable(fields.path("format").textValue())
                .map(FormatVersion::parse)
                .filter(format -> !format.equals(FormatVersion.CURRENT));
    }

    private static ObjectNode fields(byte[] bytes, long seq) throws IOException {
        JsonNode node = Formats.json().readTree(bytes);
        if (!(node instanceof ObjectNode fields) || !fields.has("seq")) {
            throw new BadInput("not a JSON object with seq");
        }
        JsonNode number = fields.remove("seq");
        if (!number.isIntegralNumber() || number.longValue() != seq) {
            throw new BadInput("seq is %s (expected: %d)".formatted(number, seq));
        }
        return fields;
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "" : message.lines().findFirst().orElse("");
    }
}

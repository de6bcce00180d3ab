package io.berth.model.records;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.berth.model.text.Formats;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Writes record lines, numbered, flushed one by one and sealed at the end. Safe for use by several threads. */
public final class RecordWriter implements AutoCloseable {
    private final OutputStream out;
    private final MessageDigest digest = sha256();
    private long seq;

    public RecordWriter(OutputStream out) {
        this.out = out;
    }

    /**
     * Writes one line.
     *
     * @throws UncheckedIOException if it can't be written; the trial has failed then
     */
    public synchronized void write(RecordLine line) {
        ObjectNode fields = Formats.json().valueToTree(line);
        ObjectNode numbered = Formats.json().createObjectNode().put("seq", seq);
        numbered.setAll(fields);
        byte[] bytes = (numbered + "\n").getBytes(StandardCharsets.UTF_8);
        digest.update(bytes);
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        seq++;
    }

    /** Writes the end record. Nothing may be written after it. */
    public synchronized void end() {
        write(new RecordLine.End(seq, HexFormat.of().formatHex(digest.digest())));
    }

    @Override
    public synchronized void close() throws IOException {
        out.close();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

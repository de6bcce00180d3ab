package io.berth.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files by their URIs. */
final class Directories {
    private Directories() {}

    static void write(String uri) {
        Path file = Path.of(URI.create(uri));
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, "x");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean exists(String uri) {
        return Files.exists(Path.of(URI.create(uri)));
    }
}

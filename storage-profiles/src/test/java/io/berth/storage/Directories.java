package io.berth.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Files by their URIs. */
final class Directories implements StorageClient {
    @Override
    public void write(String uri, String text) {
        put(uri, text, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    @Override
    public void append(String uri, String text) {
        put(uri, text, StandardOpenOption.APPEND);
    }

    @Override
    public String read(String uri) {
        try {
            return Files.readString(path(uri));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean exists(String uri) {
        return Files.exists(path(uri));
    }

    @Override
    public void rename(String from, String to) {
        try {
            Files.move(path(from), path(to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<String> list(String uri) {
        try (Stream<Path> all = Files.walk(path(uri))) {
            return all.filter(Files::isRegularFile)
                    .map(file -> path(uri).relativize(file).toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(String uri, String text, OpenOption... options) {
        try {
            Files.createDirectories(path(uri).getParent());
            Files.writeString(path(uri), text, options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path path(String uri) {
        return Path.of(URI.create(uri));
    }
}

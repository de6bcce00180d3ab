package io.berth.storage;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Directories with everything in them. */
public final class Trees {
    private Trees() {}

    /**
     * Deletes a directory and what is in it. What isn't there, or vanishes meanwhile, is no error; what can't be deleted
     * doesn't keep the rest.
     *
     * @throws IOException the first of those that say why something stays
     */
    public static void delete(Path tree) throws IOException {
        Deletion deletion = new Deletion();
        Files.walkFileTree(tree, deletion);
        if (deletion.first.isPresent()) {
            throw deletion.first.get();
        }
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {
        private Optional<IOException> first = Optional.empty();

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            return delete(file);
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            return failed(e);
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
            if (e != null) {
                failed(e);
            }
            return delete(directory);
        }

        private FileVisitResult delete(Path path) {
            try {
                Files.deleteIfExists(path);
                return FileVisitResult.CONTINUE;
            } catch (IOException e) {
                return failed(e);
            }
        }

        private FileVisitResult failed(IOException e) {
            if (first.isEmpty() && !(e instanceof NoSuchFileException)) {
                first = Optional.of(e);
            }
            return FileVisitResult.CONTINUE;
        }
    }
}

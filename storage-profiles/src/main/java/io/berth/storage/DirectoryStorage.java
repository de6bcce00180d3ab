package io.berth.storage;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.plan.Trial;
import io.berth.model.suite.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A storage that is a directory for every process involved. Lay-out: {@code data/} holds data sets for this and later
 * runs, {@code runs/RUN/TRIAL/} what one trial writes.
 */
public final class DirectoryStorage implements Storage {
    private final Path root;
    private final Path runDirectory;
    private final boolean keepData;
    private final Optional<ExpectedMount> expected;
    private final Runnable check;

    /**
     * Makes the lay-out.
     *
     * @param root     directory of the storage that is berth's alone
     * @param run      what uses it
     * @param keepData whether data sets outlive the run
     * @param expected what the directory's mount must be, if the profile says so
     * @param check    throws {@link StorageUnavailable} when the mount has changed
     */
    public DirectoryStorage(
            Path root, RunScope run, boolean keepData, Optional<ExpectedMount> expected, Runnable check) {
        this.root = root;
        this.runDirectory = root.resolve("runs").resolve(run.run());
        this.keepData = keepData;
        this.expected = expected;
        this.check = check;
        check.run();
        try {
            Files.createDirectories(data());
            Files.createDirectories(runDirectory);
        } catch (IOException e) {
            throw new StorageUnavailable(
                    "directory %s can't be made (%s); check its owner and free space".formatted(root, e), e);
        }
    }

    @Override
    public Binding bind(Trial trial, Set<Role> roles) {
        Path directory = runDirectory.resolve(trial.id());
        Map<Role, String> uris = new EnumMap<>(Role.class);
        for (Role role : roles) {
            Path place = role == Role.DATA ? data() : directory.resolve(role.label());
            try {
                Files.createDirectories(place);
            } catch (IOException e) {
                throw new StorageUnavailable("directory %s can't be made (%s)".formatted(place, e), e);
            }
            uris.put(role, uri(place));
        }
        return new Binding(
                uris, uri(directory.resolve("output")), expected.stream().toList());
    }

    @Override
    public void check() {
        check.run();
    }

    @Override
    public void cleanUp(Trial trial) {
        delete(List.of(runDirectory.resolve(trial.id())));
    }

    @Override
    public void close() {
        try {
            delete(keepData ? List.of(runDirectory) : List.of(runDirectory, data()));
        } finally {
            deleteShared();
        }
    }

    private static void delete(List<Path> directories) {
        List<String> stay = new ArrayList<>();
        for (Path directory : directories) {
            try {
                Trees.delete(directory);
            } catch (IOException e) {
                stay.add("%s (%s)".formatted(directory, e));
            }
        }
        if (!stay.isEmpty()) {
            throw new StorageUnavailable("can't be removed, remove it by hand: " + String.join(", ", stay));
        }
    }

    private void deleteShared() {
        // Shared with other runs: removed only when nothing of anyone is left in them.
        for (Path directory : List.of(root.resolve("runs"), root)) {
            try {
                Files.deleteIfExists(directory);
            } catch (IOException e) {
                return;
            }
        }
    }

    private Path data() {
        return root.resolve("data");
    }

    private static String uri(Path directory) {
        // Without the trailing slash that Path.toUri adds to a directory that exists.
        String uri = directory.toAbsolutePath().toUri().toString();
        return uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
    }
}

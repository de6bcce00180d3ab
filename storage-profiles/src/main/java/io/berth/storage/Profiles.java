package io.berth.storage;

import io.berth.model.suite.StorageProfile;
import io.berth.model.text.BadInput;
import io.berth.model.text.YamlFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds storage profiles by name in a directory of YAML files, or by the path of a file. */
public final class Profiles {
    private final Path directory;

    /**
     * The profiles of a directory.
     *
     * @param directory holds {@code NAME.yaml}
     */
    public Profiles(Path directory) {
        this.directory = directory;
    }

    /** The names of the profiles in the directory, sorted. */
    public List<String> names() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    .map(name -> name.substring(0, name.length() - ".yaml".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether {@link #read} has something to read: a name of the directory, or what looks like a file. */
    public boolean knows(String nameOrPath) {
        return isPath(nameOrPath) || names().contains(nameOrPath);
    }

    /** What to tell whoever named a profile that isn't known. */
    public String unknown(String name) {
        return "profile \"%s\" is not known (known: %s); see berth profiles"
                .formatted(name, String.join(", ", names()));
    }

    /**
     * Reads and checks a profile.
     *
     * @param nameOrPath a name, or the path of a YAML file
     * @param relativeTo what a relative path refers to
     * @throws BadInput naming file and line
     */
    public StorageProfile read(String nameOrPath, Path relativeTo) {
        if (isPath(nameOrPath)) {
            return read(relativeTo.resolve(nameOrPath));
        }
        if (!names().contains(nameOrPath)) {
            throw new BadInput(unknown(nameOrPath));
        }
        StorageProfile profile = read(directory.resolve(nameOrPath + ".yaml"));
        if (!profile.name().equals(nameOrPath)) {
            throw new BadInput("%s: its name is \"%s\", but profiles are found by file name (allowed: \"%s\")"
                    .formatted(directory.resolve(nameOrPath + ".yaml"), profile.name(), nameOrPath));
        }
        return profile;
    }

    private static StorageProfile read(Path path) {
        YamlFile file = YamlFile.read(path);
        StorageProfile profile = file.bind(StorageProfile.class);
        StorageBackend backend = StorageBackends.named(profile.backend())
                .orElseThrow(() -> file.problem(
                        "/backend",
                        "backend \"%s\" is not known (known: %s)"
                                .formatted(
                                        profile.backend(),
                                        StorageBackends.all().stream()
                                                .map(StorageBackend::name)
                                                .collect(Collectors.joining(", ")))));
        Settings.check(file, profile, backend.settings());
        Optional<ProfileProblem> problem = backend.problem(profile);
        if (problem.isPresent()) {
            throw file.problem(problem.get().pointer(), problem.get().message());
        }
        if (!profile.deploy().isEmpty() && !backend.reachesPods()) {
            throw file.problem(
                    "/deploy",
                    "backend \"%s\" has no servers in a Kubernetes (allowed with deploy: %s)"
                            .formatted(
                                    profile.backend(),
                                    StorageBackends.all().stream()
                                            .filter(StorageBackend::reachesPods)
                                            .map(StorageBackend::name)
                                            .collect(Collectors.joining(", "))));
        }
        return profile;
    }

    private static boolean isPath(String nameOrPath) {
        return nameOrPath.endsWith(".yaml") || nameOrPath.endsWith(".yml");
    }
}

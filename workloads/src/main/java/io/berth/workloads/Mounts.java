package io.berth.workloads;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.mount.Mountinfo;
import io.berth.model.plan.TrialSpec;
import io.berth.model.results.MountFact;
import io.berth.model.suite.Role;
import io.berth.workloads.Failures.StorageUnfit;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Proves that directories are on the file systems that they are said to be on. */
final class Mounts {
    private final Mountinfo table;

    Mounts(Mountinfo table) {
        this.table = table;
    }

    /**
     * What each role's directory really is, in the order of the roles; roles that aren't files have no mount. Scratch space
     * is Spark's own affair: see {@link #ofScratch}.
     */
    List<MountFact> of(Map<Role, String> roles, String process) throws IOException {
        List<MountFact> facts = new ArrayList<>();
        for (Map.Entry<Role, String> role : new TreeMap<>(roles).entrySet()) {
            Optional<Path> path = file(role.getValue());
            if (path.isPresent() && role.getKey() != Role.SCRATCH) {
                facts.add(fact(process, role.getKey(), path.get()));
            }
        }
        return facts;
    }

    /**
     * What the scratch space of a process really is. Where it is as it was placed, the place stands for the directories with
     * random names that Spark makes there.
     *
     * @param localDirectories where Spark says that it keeps shuffle files and spills
     */
    List<MountFact> ofScratch(Map<Role, String> roles, String process, List<Path> localDirectories) throws IOException {
        Optional<Path> placed = Optional.ofNullable(roles.get(Role.SCRATCH)).flatMap(Mounts::file);
        Set<Path> real = new TreeSet<>();
        for (Path directory : localDirectories) {
            // Spark follows links.
            boolean there = placed.isPresent()
                    && (directory.startsWith(placed.get())
                            || directory.startsWith(
                                    placed.get().toFile().getCanonicalFile().toPath()));
            real.add(there ? placed.get() : directory);
        }
        List<MountFact> facts = new ArrayList<>();
        for (Path directory : real) {
            facts.add(fact(process, Role.SCRATCH, directory));
        }
        return facts;
    }

    /** What is wrong with scratch space that isn't where it was placed: a worker of a cluster has its own idea of it. */
    static Optional<String> scratchElsewhere(Map<Role, String> roles, List<MountFact> scratch) {
        Optional<String> placed = Optional.ofNullable(roles.get(Role.SCRATCH))
                .flatMap(Mounts::file)
                .map(Path::toString);
        return placed.flatMap(place -> scratch.stream()
                .filter(fact -> !fact.path().equals(place))
                .findFirst()
                .map(fact ->
                        "scratch of %s is in %s (%s from %s) and not in %s, because whoever starts executors decides that"
                                .formatted(fact.process(), fact.path(), fact.fsType(), fact.source(), place)));
    }

    private MountFact fact(String process, Role role, Path path) throws IOException {
        Mountinfo.Mount mount = mountOf(path);
        return new MountFact(
                process,
                role.label(),
                path.toString(),
                mount.point().toString(),
                mount.fsType(),
                mount.source(),
                mount.options());
    }

    /**
     * Compares the expected mounts with the real ones.
     *
     * @throws StorageUnfit naming what was expected and what was found
     */
    void prove(TrialSpec spec) throws IOException {
        for (ExpectedMount expected : spec.expectedMounts()) {
            Optional<String> difference = expected.difference(mountOf(Path.of(expected.path())));
            if (difference.isPresent()) {
                throw new StorageUnfit(difference.get() + "; nothing was measured: mount it, or correct the profile");
            }
        }
    }

    /**
     * Makes the directories of the roles that are files. Only after {@link #prove}: a directory made where a mount is
     * missing would be measured as if it were there.
     *
     * @throws StorageUnfit if one can't be made or written; Spark itself would end the process without a word
     */
    static void openDirectories(Map<Role, String> roles) {
        for (Map.Entry<Role, String> role : new TreeMap<>(roles).entrySet()) {
            Optional<Path> path = file(role.getValue());
            if (path.isEmpty()) {
                continue;
            }
            try {
                Files.createDirectories(path.get());
                Files.delete(Files.createTempFile(path.get(), ".berth-", ""));
            } catch (IOException e) {
                throw new StorageUnfit("directory %s of role %s can't be written (%s)"
                        .formatted(path.get(), role.getKey().label(), e));
            }
        }
    }

    private Mountinfo.Mount mountOf(Path path) throws IOException {
        return table.of(path).orElseThrow(() -> new StorageUnfit(path + " is on no mounted file system"));
    }

    /** The local path of a {@code file:} URI, or of a plain absolute path. */
    static Optional<Path> file(String uri) {
        URI parsed = URI.create(uri);
        if (parsed.getScheme() == null || parsed.getScheme().equals("file")) {
            return Optional.of(Path.of(parsed.getPath()));
        }
        return Optional.empty();
    }
}

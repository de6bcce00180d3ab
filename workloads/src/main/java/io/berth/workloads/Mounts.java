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
import java.util.TreeMap;

/** Proves that directories are on the file systems that they are said to be on. */
final class Mounts {
    private final Mountinfo table;

    Mounts(Mountinfo table) {
        this.table = table;
    }

    /** What each role's directory really is, in the order of the roles; roles that aren't files have no mount. */
    List<MountFact> of(Map<Role, String> roles, String process) throws IOException {
        List<MountFact> facts = new ArrayList<>();
        for (Map.Entry<Role, String> role : new TreeMap<>(roles).entrySet()) {
            Optional<Path> path = file(role.getValue());
            if (path.isEmpty()) {
                continue;
            }
            Mountinfo.Mount mount = mountOf(path.get());
            facts.add(new MountFact(
                    process,
                    role.getKey().label(),
                    path.get().toString(),
                    mount.point().toString(),
                    mount.fsType(),
                    mount.source(),
                    mount.options()));
        }
        return facts;
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

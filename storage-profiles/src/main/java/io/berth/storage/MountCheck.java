package io.berth.storage;

import io.berth.model.check.Trouble;
import io.berth.model.mount.ExpectedMount;
import io.berth.model.mount.Mountinfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Holds a directory's mount against what a profile declares, from the runner's side. */
public final class MountCheck {
    private MountCheck() {}

    /**
     * Refuses a directory that isn't on the mount it should be on.
     *
     * @throws StorageUnavailable naming what was expected and what was found
     */
    public static void require(String profile, ExpectedMount expected) {
        Optional<Mountinfo.Mount> found;
        try {
            found = Mountinfo.self().of(Path.of(expected.path()));
        } catch (IOException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": the mounts of this machine can't be read (%s)".formatted(profile, e), e);
        }
        Optional<String> difference =
                found.isEmpty() ? Optional.of("not mounted at all") : expected.difference(found.get());
        if (difference.isPresent()) {
            throw new StorageUnavailable(
                    Trouble.MOUNT,
                    "profile \"%s\": %s; mount the right file system there or correct the profile"
                            .formatted(profile, difference.get()));
        }
    }
}

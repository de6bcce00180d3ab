package io.berth.storage;

import io.berth.storage.local.LocalBackend;
import io.berth.storage.mount.MountBackend;
import java.util.List;
import java.util.Optional;

/** Every backend there is. Adding one means a package beside the others and a line here. */
public final class StorageBackends {
    private static final List<StorageBackend> ALL = List.of(new LocalBackend(), new MountBackend());

    private StorageBackends() {}

    public static List<StorageBackend> all() {
        return ALL;
    }

    public static Optional<StorageBackend> named(String name) {
        return ALL.stream().filter(backend -> backend.name().equals(name)).findFirst();
    }
}

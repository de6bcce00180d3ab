package io.berth.storage;

import io.berth.storage.hdfs.EmbeddedHdfsBackend;
import io.berth.storage.hdfs.ExternalHdfsBackend;
import io.berth.storage.local.LocalBackend;
import io.berth.storage.mount.MountBackend;
import io.berth.storage.s3.EmbeddedS3Backend;
import io.berth.storage.s3.ExternalS3Backend;
import io.berth.storage.volume.VolumeBackend;
import java.util.List;
import java.util.Optional;

/** Every backend there is. Adding one means a package beside the others and a line here. */
public final class StorageBackends {
    private static final List<StorageBackend> ALL = List.of(
            new LocalBackend(),
            new MountBackend(),
            new EmbeddedHdfsBackend(),
            new ExternalHdfsBackend(),
            new EmbeddedS3Backend(),
            new ExternalS3Backend(),
            new VolumeBackend());

    private StorageBackends() {}

    public static List<StorageBackend> all() {
        return ALL;
    }

    public static Optional<StorageBackend> named(String name) {
        return ALL.stream().filter(backend -> backend.name().equals(name)).findFirst();
    }
}

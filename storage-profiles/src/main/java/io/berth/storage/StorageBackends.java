package io.berth.storage;

import io.berth.model.suite.StorageProfile;
import io.berth.storage.hdfs.EmbeddedHdfsBackend;
import io.berth.storage.hdfs.ExternalHdfsBackend;
import io.berth.storage.heketi.HeketiBackend;
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
            new VolumeBackend(),
            new HeketiBackend());

    private StorageBackends() {}

    public static List<StorageBackend> all() {
        return ALL;
    }

    /**
     * Makes the storage of a profile usable for one run, with servers of its own if it has some.
     *
     * @throws StorageUnavailable as {@link StorageBackend#open} does, or if its servers can't be deployed
     */
    public static Storage open(StorageProfile profile, RunScope run) {
        StorageBackend backend = named(profile.backend())
                .orElseThrow(() -> new StorageUnavailable("profile \"%s\": backend \"%s\" is not known to this berth"
                        .formatted(profile.name(), profile.backend())));
        return profile.deploy().isEmpty() ? backend.open(profile, run) : DeployedStorage.open(backend, profile, run);
    }

    public static Optional<StorageBackend> named(String name) {
        return ALL.stream().filter(backend -> backend.name().equals(name)).findFirst();
    }
}

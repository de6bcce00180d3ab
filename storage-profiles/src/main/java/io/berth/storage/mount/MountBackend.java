package io.berth.storage.mount;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.DirectoryStorage;
import io.berth.storage.MountCheck;
import io.berth.storage.RunScope;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageUnavailable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A file system that somebody else mounted: NFS, GlusterFS, a block device, a volume claim. It is used only while the
 * mount table says that it is what the profile declares, so that a lost mount is never measured as a fast local disk.
 */
public final class MountBackend implements StorageBackend {
    @Override
    public String name() {
        return "mount";
    }

    @Override
    public String description() {
        return "any mounted directory, which proves what it is by /proc/self/mountinfo";
    }

    @Override
    public List<Setting> settings() {
        return List.of(
                Setting.required(
                        "path", Setting.Kind.TEXT, "a directory on the mounted file system; berth works in its berth/"),
                Setting.required(
                        "fsType", Setting.Kind.TEXT, "the type it must have, such as nfs4, fuse.glusterfs or xfs"),
                Setting.required(
                        "source", Setting.Kind.TEXT, "the source it must have, such as filer:/export or /dev/sdb1"),
                Setting.optional("options", Setting.Kind.TEXTS, "mount options that must be set, such as vers=4.2"),
                Setting.optional("keepData", Setting.Kind.FLAG, "whether data sets outlive the run; true if absent"));
    }

    @Override
    public Set<Role> roles() {
        return EnumSet.allOf(Role.class);
    }

    @Override
    public Storage open(StorageProfile profile, RunScope run) {
        Settings settings = Settings.of(profile);
        Path path = settings.path("path").orElseThrow();
        if (!Files.isDirectory(path)) {
            throw new StorageUnavailable("profile \"%s\": there is no directory %s; mount the file system first"
                    .formatted(profile.name(), path));
        }
        ExpectedMount expected = new ExpectedMount(
                path.toString(), settings.text("fsType"), settings.text("source"), settings.texts("options"));
        return new DirectoryStorage(
                path.resolve("berth"),
                run,
                settings.flag("keepData", true),
                Optional.of(expected),
                () -> MountCheck.require(profile.name(), expected));
    }
}

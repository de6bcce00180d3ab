package io.berth.storage.local;

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
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A directory that berth makes on a file system of this machine. */
public final class LocalBackend implements StorageBackend {
    @Override
    public String name() {
        return "local";
    }

    @Override
    public String description() {
        return "a directory of this machine, made by berth";
    }

    @Override
    public List<Setting> settings() {
        return List.of(
                Setting.required(
                        "directory", Setting.Kind.TEXT, "where berth keeps its files; ~/ is the home directory"),
                Setting.optional("fsType", Setting.Kind.TEXT, "the file system type it must be on; any if absent"),
                Setting.optional("keepData", Setting.Kind.FLAG, "whether data sets outlive the run; true if absent"));
    }

    @Override
    public Set<Role> roles() {
        return EnumSet.allOf(Role.class);
    }

    @Override
    public Storage open(StorageProfile profile, RunScope run) {
        Settings settings = Settings.of(profile);
        Path directory = settings.path("directory").orElseThrow();
        Optional<ExpectedMount> expected = settings.text("fsType")
                .map(fsType ->
                        new ExpectedMount(directory.toString(), Optional.of(fsType), Optional.empty(), List.of()));
        return new DirectoryStorage(
                directory,
                run,
                settings.flag("keepData", true),
                expected,
                () -> expected.ifPresent(mount -> MountCheck.require(profile.name(), mount)));
    }
}

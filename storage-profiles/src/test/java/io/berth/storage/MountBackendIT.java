package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.mount.Mountinfo;
import io.berth.model.suite.AccessType;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.mount.MountBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class MountBackendIT extends StorageBackendContract {
    private static final HadoopClients CLIENTS = new HadoopClients();

    @AfterAll
    static void close() {
        CLIENTS.close();
    }

    @Override
    StorageBackend backend() {
        return new MountBackend();
    }

    /** The temporary directory's own mount, which is a real one whatever it is. */
    @Override
    StorageProfile profile() {
        Mountinfo.Mount mount = mount();
        return profile(Map.of(
                "path", temp.toString(),
                "fsType", mount.fsType(),
                "source", mount.source(),
                "options", List.of(mount.options().get(0))));
    }

    @Override
    StorageClient client(Binding binding) {
        return CLIENTS.of(binding);
    }

    /** Hadoop's client of file: keeps checksums beside files and so can't append to them. */
    @Test
    @Override
    void whatIsAppendedFollowsWhatWasThere() {
        Binding binding = storage().bind(FIRST, EnumSet.of(Role.DATA));
        client(binding).write(binding.outputUri() + "/appended", "first, ");

        assertThatThrownBy(() -> client(binding).append(binding.outputUri() + "/appended", "second"))
                .isInstanceOf(HadoopClients.Refused.class)
                .hasMessageContaining("Append is not supported by ChecksumFileSystem");
        assertThat(client(binding).read(binding.outputUri() + "/appended")).isEqualTo("first, ");
    }

    @Test
    void theApplicationIsToldWhatToProve() {
        try (Storage storage = backend().open(profile(), run("a"))) {
            assertThat(storage.bind(FIRST, EnumSet.of(Role.DATA)).expectedMounts())
                    .singleElement()
                    .satisfies(expected -> assertThat(expected.source()).hasValue(mount().source()));
        }
    }

    @Test
    void aMountFromElsewhereIsRefusedAndNothingIsMadeOnIt() {
        assertThatThrownBy(() -> backend().open(with("source", "filer:/export"), run("a")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("from " + mount().source())
                .hasMessageContaining("but should be " + mount().fsType() + " from filer:/export")
                .hasMessageContaining("mount the right file system there or correct the profile");
        assertThat(temp.resolve("berth")).doesNotExist();
    }

    @Test
    void aMissingMountOptionIsNamed() {
        assertThatThrownBy(() -> backend().open(with("options", List.of("nconnect=8")), run("a")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("with nconnect=8");
    }

    @Test
    void aDirectoryThatIsNotThereIsNamed() {
        assertThatThrownBy(
                        () -> backend().open(with("path", temp.resolve("gone").toString()), run("a")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("there is no directory " + temp.resolve("gone"));
    }

    private StorageProfile with(String setting, Object value) {
        Map<String, Object> settings = new HashMap<>(profile().settings());
        settings.put(setting, value);
        return profile(settings);
    }

    private static StorageProfile profile(Map<String, Object> settings) {
        return new StorageProfile("x", "mount", "a mount", AccessType.NAS, settings);
    }

    private Mountinfo.Mount mount() {
        try {
            return Mountinfo.self().of(temp).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.suite.AccessType;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.local.LocalBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class LocalBackendIT extends StorageBackendContract {
    private static final HadoopClients CLIENTS = new HadoopClients();

    @AfterAll
    static void close() {
        CLIENTS.close();
    }

    @Override
    StorageBackend backend() {
        return new LocalBackend();
    }

    @Override
    StorageProfile profile() {
        return profile(Map.of("directory", temp.resolve("berth").toString()));
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
    void dataIsRemovedWhenTheProfileDoesNotKeepIt() {
        StorageProfile profile =
                profile(Map.of("directory", temp.resolve("berth").toString(), "keepData", false));
        try (Storage storage = backend().open(profile, run("a"))) {
            Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
            client(binding).write(binding.uris().get(Role.DATA) + "/set/file", "x");
        }

        assertThat(temp.resolve("berth")).doesNotExist();
    }

    @Test
    void aDirectoryOnAnotherFileSystemIsRefused() {
        StorageProfile profile =
                profile(Map.of("directory", temp.resolve("berth").toString(), "fsType", "zfs"));

        assertThatThrownBy(() -> backend().open(profile, run("a")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("profile \"x\": " + temp.resolve("berth") + " is ")
                .hasMessageContaining("but should be zfs");
        assertThat(temp.resolve("berth")).doesNotExist();
    }

    @Test
    void aDirectoryThatCanNotBeMadeIsNamed() throws IOException {
        Files.writeString(temp.resolve("file"), "in the way");
        StorageProfile profile =
                profile(Map.of("directory", temp.resolve("file/berth").toString()));

        assertThatThrownBy(() -> backend().open(profile, run("a")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("can't be made")
                .hasMessageContaining(temp.resolve("file/berth").toString());
    }

    private static StorageProfile profile(Map<String, Object> settings) {
        return new StorageProfile("x", "local", "a directory", AccessType.LOCAL, settings);
    }
}

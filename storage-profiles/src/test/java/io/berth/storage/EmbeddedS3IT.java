package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.suite.AccessType;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.s3.EmbeddedS3Backend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedS3IT extends StorageBackendContract {
    private static final HadoopClients CLIENTS = new HadoopClients();

    @TempDir
    private static Path shared;

    private static Storage storage;

    /** A JVM takes seconds, so that all tests that only use a storage share this one. */
    @BeforeAll
    static void open() {
        storage = new EmbeddedS3Backend().open(PROFILE, new RunScope("a", shared.resolve("logs")));
    }

    @AfterAll
    static void close() {
        try (CLIENTS) {
            storage.close();
        }
    }

    static final StorageProfile PROFILE =
            new StorageProfile("s3", "s3-embedded", "an S3 server", AccessType.OBJECT, Map.of("heapMiB", 128));

    @Override
    StorageBackend backend() {
        return new EmbeddedS3Backend();
    }

    @Override
    StorageProfile profile() {
        return PROFILE;
    }

    @Override
    StorageClient client(Binding binding) {
        return CLIENTS.of(binding);
    }

    @Override
    Storage storage() {
        return storage;
    }

    /** Its objects end with its server, which ends with the run; later runs find an empty bucket. */
    @Test
    @Override
    void dataIsSharedWithLaterRuns() {
        try (Storage first = backend().open(profile(), run("a"))) {
            Binding binding = first.bind(FIRST, EnumSet.of(Role.DATA));
            client(binding).write(binding.uris().get(Role.DATA) + "/set/file", "x");
        }
        try (Storage later = backend().open(profile(), run("a"))) {
            Binding binding = later.bind(FIRST, EnumSet.of(Role.DATA));
            assertThat(client(binding).exists(binding.uris().get(Role.DATA) + "/set/file"))
                    .isFalse();
        }
    }

    /** Objects can't be appended to, and S3A says so. */
    @Test
    @Override
    void whatIsAppendedFollowsWhatWasThere() {
        Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
        client(binding).write(binding.outputUri() + "/appended", "first, ");

        assertThatThrownBy(() -> client(binding).append(binding.outputUri() + "/appended", "second"))
                .isInstanceOf(HadoopClients.Refused.class)
                .hasMessageContaining("UnsupportedOperationException");
        assertThat(client(binding).read(binding.outputUri() + "/appended")).isEqualTo("first, ");
    }

    /** Each run has a server of its own, whose objects are gone with its process. */
    @Override
    void assertGone(Binding closed, Binding stillOpen) {
        assertThat(serves(closed)).isFalse();
        assertThat(serves(stillOpen)).isTrue();
    }

    private static boolean serves(Binding binding) {
        URI endpoint = URI.create(
                Objects.requireNonNull(binding.sparkConf().get("spark.hadoop.fs.s3a.bucket.berth.endpoint")));
        try (Socket socket = new Socket(endpoint.getHost(), endpoint.getPort())) {
            return socket.isConnected();
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void executorsOfAStandaloneClusterWouldLearnItsCredentialsBySettings() {
        assertThatThrownBy(() ->
                        backend().open(profile(), new RunScope("a", temp.resolve("logs"), Optional.empty(), true)))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageStartingWith("profile \"s3\": the executors of a standalone cluster would learn")
                .hasMessageContaining("use backend s3-external with credentials: file");
    }

    @Test
    void checkpointsNeedNoRename() {
        assertThat(storage.bind(FIRST, EnumSet.of(Role.CHECKPOINT)).sparkConf())
                .containsEntry(
                        "spark.sql.streaming.checkpointFileManagerClass",
                        "org.apache.spark.internal.io.cloud.AbortableStreamBasedCheckpointFileManager");
    }
}

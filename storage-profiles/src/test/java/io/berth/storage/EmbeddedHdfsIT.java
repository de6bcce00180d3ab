package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.suite.AccessType;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.hdfs.EmbeddedHdfsBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedHdfsIT extends StorageBackendContract {
    private static final HadoopClients CLIENTS = new HadoopClients();

    @TempDir
    private static Path shared;

    private static Storage storage;

    /** Two JVMs take seconds, so that all tests that only use a storage share this one. */
    @BeforeAll
    static void open() {
        storage = new EmbeddedHdfsBackend().open(profile(shared), new RunScope("a", shared.resolve("logs")));
    }

    @AfterAll
    static void close() {
        try (CLIENTS) {
            storage.close();
        }
    }

    @Override
    StorageBackend backend() {
        return new EmbeddedHdfsBackend();
    }

    @Override
    StorageProfile profile() {
        return profile(temp);
    }

    @Override
    StorageClient client(Binding binding) {
        return CLIENTS.of(binding);
    }

    @Override
    Storage storage() {
        return storage;
    }

    /** Its data end with its servers, which end with the run; later runs find an empty file system. */
    @Test
    @Override
    void dataIsSharedWithLaterRuns() throws IOException {
        Binding earlier = storage.bind(FIRST, EnumSet.of(Role.DATA));
        client(earlier).write(earlier.uris().get(Role.DATA) + "/set/file", "x");
        Path leftByAKilledRun = Files.createDirectories(temp.resolve("hdfs/a/name/current"));

        try (Storage later = backend().open(profile(), run("a"))) {
            Binding binding = later.bind(FIRST, EnumSet.of(Role.DATA));
            assertThat(client(binding).exists(binding.uris().get(Role.DATA) + "/set/file"))
                    .isFalse();
        }
        assertThat(leftByAKilledRun).doesNotExist();
        assertThat(temp.resolve("hdfs")).doesNotExist();
    }

    /** Each run has servers of its own: nothing can be asked any more, but nothing is on the disk, either. */
    @Override
    void assertGone(Binding closed, Binding stillOpen) {
        assertThat(temp.resolve("hdfs/a")).doesNotExist();
        assertThat(temp.resolve("hdfs/b")).exists();
    }

    @Test
    void blocksAreWrittenWhereTheProfileSays() {
        Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));

        client(binding).write(binding.outputUri() + "/a", "x");

        assertThat(binding.outputUri()).startsWith("hdfs://127.0.0.1:");
        assertThat(Files.isDirectory(shared.resolve("hdfs/a/data"))).isTrue();
    }

    @Test
    void whatDecidesTheCostOfSmallFilesIsInTheConf() {
        assertThat(storage.bind(FIRST, EnumSet.of(Role.DATA)).sparkConf())
                .containsEntry("spark.hadoop.dfs.replication", "1")
                .containsEntry("spark.hadoop.dfs.client.block.write.locateFollowingBlock.initial.delay.ms", "400");
    }

    static StorageProfile profile(Path directory) {
        return new StorageProfile(
                "hdfs",
                "hdfs-embedded",
                "an HDFS",
                AccessType.DISTRIBUTED,
                Map.of("directory", directory.resolve("hdfs").toString()));
    }
}

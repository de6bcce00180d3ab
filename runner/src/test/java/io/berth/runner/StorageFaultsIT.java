package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.storage.server.Server;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a run when its storage or its application fails: real Spark on real servers. */
@Tag("long")
class StorageFaultsIT {
    @TempDir
    private Path temp;

    private RealBerth berth;

    @BeforeEach
    void berth() {
        berth = new RealBerth(temp);
    }

    @AfterEach
    void noProcessIsLeft() {
        assertThat(ProcessHandle.allProcesses()
                        .map(RealBerth::arguments)
                        .filter(arguments -> arguments.contains(temp.toString())))
                .isEmpty();
        // Also those whose arguments say nothing of this test.
        assertThat(ProcessHandle.current()
                        .descendants()
                        .map(RealBerth::arguments)
                        .filter(arguments -> arguments.contains("io.berth.server.")))
                .isEmpty();
    }

    @Test
    void storagesThatRefuseAreRowsWithTheirReasonsAndTheOthersAreMeasured() throws Exception {
        try (Server server = ExternalS3.start(temp, "the-access-key", "the-secret-key")) {
            Path good = berth.local("good", temp.resolve("good"));
            Path wrongKey = ExternalS3.profile(
                    berth, "wrong-key", server, ExternalS3.BUCKET, credentials("wrong", "the-access-key", "nonsense"));
            Path noBucket = ExternalS3.profile(
                    berth, "no-bucket", server, "nowhere", credentials("right", "the-access-key", "the-secret-key"));
            Path takenPort = berth.profile("taken-port", """
                    backend: s3-embedded
                    description: where another server is
                    accessType: object
                    settings: {port: %d}
                    """.formatted(server.port("port")));

            int exitCode =
                    berth.run("run", suite(1, 60, good, wrongKey, noBucket, takenPort), "--out", berth.results());

            assertThat(exitCode).as(berth.log()).isEqualTo(4);
        }
        assertThat(cell("good").path("outcome").textValue()).isEqualTo("completed");
        assertThat(reason("wrong-key")).contains("refuses the credentials in ", "check them and what they permit");
        assertThat(reason("no-bucket")).contains("there is no bucket \"nowhere\" at ", "create it, or correct");
        assertThat(reason("taken-port")).contains("its S3 server did not start", "Address already in use");
    }

    @Test
    void aServerThatDiesInMidTrialEndsItAtOnce() throws Exception {
        CompletableFuture<Long> killedNanos = CompletableFuture.supplyAsync(() -> {
            awaitFirstIteration("s3-embedded");
            RealBerth.descendant(ProcessHandle.current(), "S3Server").destroyForcibly();
            return System.nanoTime();
        });

        int exitCode = berth.run("run", suite(500, 120, "s3-embedded"), "--out", berth.results());

        assertThat(exitCode).as(berth.log()).isEqualTo(4);
        assertThat((System.nanoTime() - killedNanos.get()) / 1e9)
                .as("seconds from the server's end to the run's; S3A alone tries again for minutes")
                .isLessThan(30);
        assertThat(reason("s3-embedded")).contains("its S3 server has ended with exit code 137");
        assertThat(berth.attempt("block1-throughput-s3-embedded").log())
                .as("the application's log is named")
                .isNotEmpty();
    }

    @Test
    void aServerThatHangsIsNamedWhenTheTrialsTimeIsUp() throws Exception {
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> {
            awaitFirstIteration("hdfs-embedded");
            RealBerth.signal("STOP", RealBerth.descendant(ProcessHandle.current(), "DataNodeServer"));
        });

        int exitCode = berth.run("run", suite(500, 90, hdfs()), "--out", berth.results());

        stopped.get();
        assertThat(exitCode).as(berth.log()).isEqualTo(4);
        assertThat(reason("hdfs-embedded")).contains("its DataNode (process ", "doesn't answer");
        assertThat(temp.resolve("hdfs")).doesNotExist();
    }

    @Test
    void aCorruptBlockIsAFailureThatNamesIt() throws Exception {
        Path suite = berth.suite("""
                - name: sql
                  warmup: 0
                  iterations: 1
                  parameters: {scaleFactor: 0.01, queries: [q06]}
                """, hdfs());
        CompletableFuture<Void> corrupted = CompletableFuture.runAsync(() -> {
            RealBerth.await(() -> Stream.of(berth.results().resolve("trials/prepare-sql-hdfs-embedded.json"))
                    .filter(Files::exists)
                    .findFirst());
            corruptBlocks();
        });

        int exitCode = berth.run("run", suite, "--out", berth.results());

        corrupted.get();
        assertThat(exitCode).as(berth.log()).isEqualTo(4);
        assertThat(reason("hdfs-embedded")).containsPattern("Checksum|BlockMissing|Could not obtain block");
        assertThat(temp.resolve("hdfs")).doesNotExist();
    }

    @Test
    void aDriverOutOfMemorySaysWhatToDo() throws IOException {
        Path suite = berth.suite("""
                - name: throughput
                  warmup: 0
                  iterations: 1
                  parameters: {files: 2, fileMiB: 1024, bufferKiB: 262144, randomReads: 2}
                  spark: {spark.driver.memory: 512m}
                """, berth.local("one", temp.resolve("one")));

        int exitCode = berth.run("run", suite, "--out", berth.results());

        assertThat(exitCode).as(berth.log()).isEqualTo(4);
        assertThat(reason("one"))
                .contains("the driver ran out of memory (", "OutOfMemoryError", "raise spark.driver.memory");
        assertThat(temp.resolve("one/runs")).doesNotExist();
    }

    private Path suite(int iterations, int timeLimit, Object... profiles) throws IOException {
        return berth.suite("""
                - name: throughput
                  warmup: 0
                  iterations: %d
                  timeLimit: %d
                  parameters: {files: 2, fileMiB: 2, randomReads: 2}
                """.formatted(iterations, timeLimit), profiles);
    }

    private Path hdfs() throws IOException {
        return berth.profile("hdfs-embedded", """
                backend: hdfs-embedded
                description: servers of this test's own
                accessType: distributed
                settings: {directory: %s}
                """.formatted(temp.resolve("hdfs")));
    }

    private Path credentials(String name, String accessKey, String secretKey) throws IOException {
        return Files.writeString(
                temp.resolve(name + ".credentials"),
                "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n".formatted(accessKey, secretKey));
    }

    private void awaitFirstIteration(String profile) {
        RealBerth.awaitText(
                berth.results().resolve("logs/block1-throughput-" + profile + ".records.jsonl"), "\"index\":0");
    }

    /** Turns over one byte in the middle of every block of the DataNode; the checksums beside them stay. */
    private void corruptBlocks() {
        try (Stream<Path> files = Files.walk(temp.resolve("hdfs"))) {
            List<Path> blocks = files.filter(
                            file -> file.getFileName().toString().matches("blk_\\d+"))
                    .toList();
            assertThat(blocks).isNotEmpty();
            for (Path block : blocks) {
                try (RandomAccessFile bytes = new RandomAccessFile(block.toFile(), "rw")) {
                    long middle = bytes.length() / 2;
                    bytes.seek(middle);
                    int old = bytes.read();
                    bytes.seek(middle);
                    bytes.write(~old);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private JsonNode cell(String profile) throws IOException {
        for (JsonNode cell : berth.cells()) {
            if (cell.path("profile").textValue().equals(profile)) {
                return cell;
            }
        }
        throw new AssertionError("no cell of " + profile);
    }

    private String reason(String profile) throws IOException {
        JsonNode cell = cell(profile);
        assertThat(cell.path("outcome").textValue()).isEqualTo("failed");
        assertThat(cell.path("samples")).isEmpty();
        return cell.path("reason").textValue();
    }
}

package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.suite.AccessType;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.hdfs.EmbeddedHdfsBackend;
import io.berth.storage.s3.EmbeddedS3Backend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers of berth's own that misbehave. */
@Tag("long")
class ServerFaultsIT {
    @TempDir
    private Path temp;

    /** Whatever a test has done to a server, none is left; closing a storage kills even a stopped one. */
    @AfterEach
    void nothingIsLeft() {
        assertThat(servers()).isEmpty();
    }

    @Test
    void aTakenPortIsNamedWithTheLogAndNothingIsLeft() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> openS3(Map.of("port", taken.getLocalPort())))
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessageContaining(
                            "profile \"x\": its S3 server did not start; its log " + log("s3") + " says: ")
                    .hasMessageContaining("Address already in use");
            assertThatThrownBy(() -> openHdfs(Map.of("port", taken.getLocalPort())))
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessageContaining(
                            "profile \"x\": its NameNode did not start; its log " + log("namenode") + " says: ")
                    .hasMessageContaining("Address already in use");
        }
        assertThat(temp.resolve("hdfs/a")).doesNotExist();
    }

    @Test
    void anS3ServerThatDiesIsFoundByTheNextCheck() throws Exception {
        try (Storage storage = openS3(Map.of())) {
            kill(server("S3Server"));

            assertThatThrownBy(storage::check)
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessageContaining("profile \"x\": its S3 server has ended with exit code 137")
                    .hasMessageContaining(log("s3").toString());
            storage.cleanUp(StorageBackendContract.FIRST);
        }
    }

    @Test
    void anS3ServerThatHangsIsFoundByTheNextCheck() throws Exception {
        try (Storage storage = openS3(Map.of())) {
            signal("STOP", server("S3Server"));

            assertThatThrownBy(storage::check)
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessageContaining("profile \"x\": nothing answers at http://127.0.0.1:");
        }
    }

    @Test
    void anHdfsServerThatHangsOrDiesIsFoundByTheNextCheck() throws Exception {
        try (Storage storage = openHdfs(Map.of())) {
            signal("STOP", server("DataNodeServer"));
            assertThatThrownBy(storage::check)
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessageContaining("profile \"x\": its DataNode (process ")
                    .hasMessageContaining("doesn't answer");
            signal("CONT", server("DataNodeServer"));
            storage.check();
            signal("STOP", server("NameNodeServer"));
            assertThatThrownBy(storage::check)
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessageContaining("profile \"x\": its NameNode (process ");
            signal("CONT", server("NameNodeServer"));
            kill(server("DataNodeServer"));
            assertThatThrownBy(storage::check)
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessageContaining("profile \"x\": its DataNode has ended with exit code 137");
            signal("STOP", server("NameNodeServer"));
        }
        assertThat(temp.resolve("hdfs")).doesNotExist();
    }

    @Test
    void anS3ServerThatRunsOutOfMemoryEnds() throws Exception {
        try (Storage storage = openS3(Map.of("heapMiB", 64));
                HadoopClients clients = new HadoopClients()) {
            Binding binding = storage.bind(StorageBackendContract.FIRST, EnumSet.of(Role.DATA));
            StorageClient client = clients.of(binding);
            String megabytes = "x".repeat(16 << 20);
            // S3A tries again for minutes, so nobody waits for it.
            Thread writer = new Thread(() -> {
                for (int i = 0; i < 8; i++) {
                    client.write(binding.outputUri() + "/" + i, megabytes);
                }
            });
            writer.setUncaughtExceptionHandler((thread, e) -> {});
            writer.setDaemon(true);
            writer.start();
            server("S3Server").onExit().get(1, TimeUnit.MINUTES);

            assertThatThrownBy(storage::check)
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessageContaining("OutOfMemoryError");
        }
    }

    @Test
    void theSecretOfAServerIsInNoArgumentAndNoFile() throws IOException {
        List<String> secrets;
        try (Storage storage = openS3(Map.of())) {
            Binding binding = storage.bind(StorageBackendContract.FIRST, EnumSet.of(Role.DATA, Role.CHECKPOINT));
            secrets = binding.environment().values().stream()
                    .filter(value -> !value.isEmpty())
                    .toList();
            assertThat(secrets).hasSize(2);
            assertThat(secrets).allSatisfy(secret -> assertThat(secret).hasSizeGreaterThan(16));

            assertThat(binding.sparkConf().toString()).doesNotContain(secrets);
            assertThat(Files.readString(
                            Path.of("/proc", String.valueOf(server("S3Server").pid()), "cmdline")))
                    .doesNotContain(secrets);
            assertThat(binding.toString()).doesNotContain(secrets);
        }
        try (Stream<Path> files = Files.walk(temp)) {
            List<Path> written = files.filter(Files::isRegularFile).toList();
            assertThat(written).isNotEmpty();
            for (Path file : written) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).doesNotContain(secrets);
            }
        }
    }

    private Storage openS3(Map<String, Object> settings) {
        return new EmbeddedS3Backend()
                .open(new StorageProfile("x", "s3-embedded", "a server", AccessType.OBJECT, settings), run());
    }

    private Storage openHdfs(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("directory", temp.resolve("hdfs").toString());
        return new EmbeddedHdfsBackend()
                .open(new StorageProfile("x", "hdfs-embedded", "servers", AccessType.DISTRIBUTED, all), run());
    }

    private RunScope run() {
        return new RunScope("a", temp.resolve("logs"));
    }

    private Path log(String server) {
        return temp.resolve("logs").resolve("x-" + server + ".log");
    }

    /** Servers that this JVM has started. */
    private static List<ProcessHandle> servers() {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().commandLine().orElse("").contains("io.berth.server"))
                .toList();
    }

    private static ProcessHandle server(String name) {
        return servers().stream()
                .filter(child -> child.info().commandLine().orElse("").contains(name))
                .findFirst()
                .orElseThrow();
    }

    private static void kill(ProcessHandle process) throws Exception {
        signal("KILL", process);
        process.onExit().get();
    }

    private static void signal(String name, ProcessHandle process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }
}

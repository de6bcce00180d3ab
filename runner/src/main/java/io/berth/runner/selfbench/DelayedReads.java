package io.berth.runner.selfbench;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.plan.Trial;
import io.berth.model.process.Leash;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.model.text.Formats;
import io.berth.runner.plan.Catalog;
import io.berth.storage.Binding;
import io.berth.storage.RunScope;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageBackends;
import io.berth.storage.StorageUnavailable;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Runs the I/O probe's test of itself: reads delayed by known times, on a file system, on HDFS and on S3. */
public final class DelayedReads {
    private static final Trial TRIAL = new Trial("delayed-reads", Trial.Kind.MEASURE, 1, 0, "delayed-reads", "any");
    private static final int LIMIT_SECONDS = 600;
    private static final List<String> STREAMS = List.of(
            "org.apache.hadoop.fs.RawLocalFileSystem$LocalFSFileInputStream",
            "org.apache.hadoop.hdfs.DFSInputStream",
            "org.apache.hadoop.fs.s3a.S3AInputStream",
            "org.apache.hadoop.fs.s3a.prefetch.S3APrefetchingInputStream",
            "org.apache.hadoop.fs.s3a.impl.streams.AnalyticsStream");

    private final Catalog catalog;
    private final Path directory;

    /**
     * A test.
     *
     * @param catalog   of this installation
     * @param directory for its data and its logs
     */
    public DelayedReads(Catalog catalog, Path directory) {
        this.catalog = catalog;
        this.directory = directory;
    }

    /**
     * Runs it.
     *
     * @return what the application says: {@code nanosPerCall} and, for {@code file}, {@code hdfs} and S3A's three kinds of
     *     streams, {@code slope}, {@code interceptNanos} and {@code onStage}
     * @throws StorageUnavailable if a server can't be used, or if the application failed
     */
    public JsonNode run() throws IOException {
        Files.createDirectories(directory);
        try (Storage hdfs = open("hdfs-embedded");
                Storage s3 = open("s3-embedded")) {
            Binding onHdfs = hdfs.bind(TRIAL, Set.of(Role.DATA));
            Binding onS3 = s3.bind(TRIAL, Set.of(Role.DATA));
            Map<String, String> environment = new TreeMap<>(onHdfs.environment());
            environment.putAll(onS3.environment());
            Map<String, String> conf = new TreeMap<>(onHdfs.sparkConf());
            conf.putAll(onS3.sparkConf());
            return run(
                    conf,
                    environment,
                    List.of(
                            "file=" + directory.toAbsolutePath().toUri() + "data",
                            "hdfs=" + onHdfs.outputUri() + "/data",
                            "s3a-classic=" + onS3.outputUri()
                                    + "/classic;fs.s3a.input.stream.type=classic;fs.s3a.experimental.input.fadvise=random",
                            "s3a-prefetch=" + onS3.outputUri()
                                    + "/prefetch;fs.s3a.input.stream.type=prefetch;fs.s3a.prefetch.block.size=65536",
                            "s3a-analytics=" + onS3.outputUri() + "/analytics;fs.s3a.input.stream.type=analytics"));
        }
    }

    private Storage open(String name) {
        StorageProfile profile = catalog.profiles().read(name, Path.of(""));
        StorageBackend backend = StorageBackends.named(profile.backend()).orElseThrow();
        return backend.open(profile, new RunScope("selfbench", directory));
    }

    private JsonNode run(Map<String, String> conf, Map<String, String> environment, List<String> storages)
            throws IOException {
        Path jars = catalog.application().resolve("jars");
        Path probe = jars.resolve("berth-io-probe.jar").toAbsolutePath();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + catalog.application().resolve("jvm.options"));
        command.add("-Xmx1g");
        // The first delays reads, so that the second times them with their delays.
        command.add("-javaagent:" + probe + "=delay=" + String.join(",delay=", STREAMS));
        command.add("-javaagent:" + probe);
        conf.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.addAll(List.of(
                "-Dspark.app.name=delayed-reads",
                "-Dspark.master=local[2]",
                "-Dspark.ui.enabled=false",
                "-Dspark.driver.host=127.0.0.1",
                "-Dspark.driver.bindAddress=127.0.0.1",
                "-Dspark.local.dir=" + directory.toAbsolutePath().resolve("scratch"),
                "-Dspark.plugins=io.berth.probe.IoProbePlugin"));
        command.addAll(List.of("-cp", jars + File.separator + "*", Leash.class.getName()));
        command.add("io.berth.probe.selftest.DelayedReads");
        command.addAll(storages);
        Path out = directory.resolve("delayed-reads.json");
        Path log = directory.resolve("delayed-reads.log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(Redirect.to(log.toFile()));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new StorageUnavailable("the test with delayed reads failed; see %s".formatted(log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageUnavailable("the test with delayed reads was interrupted", e);
        } finally {
            process.destroyForcibly();
        }
        List<String> lines = Files.readAllLines(out);
        return Formats.json().readTree(lines.get(lines.size() - 1));
    }
}

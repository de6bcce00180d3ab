package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * HDFS and S3 as they are: delays put into reads, or into the answers that reads wait for, are found again on the stages
 * that had them, and the probe changes nothing of what Hadoop, Parquet and Spark choose on a store.
 */
final class StoresIT {
    private static final int READS = 10;

    @TempDir
    private static Path directory;

    private static JsonNode storages;
    private static JsonNode summary;

    private static ForkedApplication.Ended with;
    private static ForkedApplication.Ended without;

    @BeforeAll
    static void run() throws Exception {
        try (S3 s3 = S3.start();
                MiniDFSCluster hdfs = hdfs(directory.resolve("hdfs"))) {
            with = application(s3, directory.resolve("with"))
                    .delayed(
                            "org.apache.hadoop.fs.RawLocalFileSystem$LocalFSFileInputStream",
                            "org.apache.hadoop.hdfs.DFSInputStream",
                            "org.apache.hadoop.fs.s3a.S3AInputStream",
                            "org.apache.hadoop.fs.s3a.prefetch.S3APrefetchingInputStream",
                            "org.apache.hadoop.fs.s3a.impl.streams.AnalyticsStream")
                    .run(
                            StoresApplication.class.getName(),
                            "2",
                            hdfs.getURI() + "/with",
                            "s3a://there/with",
                            "file=file://" + directory.resolve("data"),
                            "hdfs=" + hdfs.getURI() + "/data",
                            "s3a-classic=s3a://there/classic;fs.s3a.input.stream.type=classic",
                            "s3a-prefetch=s3a://there/prefetch;fs.s3a.input.stream.type=prefetch;fs.s3a.prefetch.block.size=65536",
                            "s3a-analytics=s3a://there/analytics;fs.s3a.input.stream.type=analytics");
            without = application(s3, directory.resolve("without"))
                    .withoutProbe()
                    .run(StoresApplication.class.getName(), "2", hdfs.getURI() + "/without", "s3a://there/without");
        }
        storages = lastLine(with);
        summary = with.summary();
    }

    /** With one DataNode; active. */
    static MiniDFSCluster hdfs(Path directory) throws IOException {
        Configuration conf = new Configuration();
        conf.setInt("dfs.replication", 1);
        MiniDFSCluster hdfs = new MiniDFSCluster.Builder(
                        conf, Files.createDirectories(directory).toFile())
                .numDataNodes(1)
                .build();
        hdfs.waitActive();
        return hdfs;
    }

    static JsonNode lastLine(ForkedApplication.Ended ended) throws IOException {
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
        return new ObjectMapper()
                .readTree(ended.out().lines().reduce((line, next) -> next).orElseThrow());
    }

    static ForkedApplication application(S3 s3, Path directory) throws IOException {
        ForkedApplication application = new ForkedApplication(Files.createDirectories(directory))
                .withS3a()
                .conf("spark.hadoop.fs.s3a.committer.name", "magic")
                .conf("spark.hadoop.parquet.hadoop.vectored.io.enabled", "true")
                .conf(
                        "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a",
                        "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory");
        s3.settings().forEach((key, value) -> application.conf("spark.hadoop." + key, value));
        return application;
    }

    @ParameterizedTest
    @ValueSource(strings = {"hdfs", "s3a"})
    void theProbeChangesNoCommitterNoListingNoReaderAndNoPlan(String scheme) {
        String choices = with.answer("choices on " + scheme);

        assertThat(choices.replace("/with/", "/without/")).isEqualTo(without.answer("choices on " + scheme));
        assertThat(choices)
                .contains("rows 495;")
                .contains(
                        scheme.equals("hdfs")
                                ? "file system org.apache.hadoop.hdfs.DistributedFileSystem;"
                                : "file system org.apache.hadoop.fs.s3a.S3AFileSystem;")
                .contains(scheme.equals("hdfs") ? "committer file" : "committer magic");
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "hdfs", "s3a-classic", "s3a-prefetch", "s3a-analytics"})
    void delaysAreFoundOnTheStagesThatHadThem(String storage) {
        JsonNode result = storages.at("/" + storage);

        assertThat(result.at("/slope").asDouble()).isCloseTo(1, within(0.02));
        assertThat(result.at("/interceptNanos").asDouble()).isBetween(-50_000.0, 50_000.0);
        assertThat(result.at("/onStage").asDouble()).isGreaterThan(0.99);
        assertThat(result.at("/stages")).allSatisfy(stage -> {
            assertThat(stage.at("/foundNanos").asLong())
                    .isBetween(
                            stage.at("/insideNanos").asLong(),
                            stage.at("/aroundNanos").asLong());
            assertThat(stage.at("/calls").asInt()).isEqualTo(READS);
            assertThat(stage.at("/bytes").asInt()).isEqualTo(READS * 4096);
        });
    }

    /** The seventh stage is for warming up, and in none of the results. */
    @Test
    void bytesReadAreThoseThatS3ACounts() {
        long read = 7L * READS * 4096;

        assertThat(counter("s3a-classic", "stream_read_bytes")).isEqualTo(read);
        // What it fetched beyond that, to fill its read-ahead, is no byte of the application's.
        assertThat(counter("s3a-classic", "stream_read_bytes_discarded_in_close")
                        + counter("s3a-classic", "stream_read_bytes_discarded_in_abort"))
                .isBetween(read, 7L * READS * ((64 << 10) - 4096));
        // The prefetching stream counts every byte twice, the analytics stream counts none.
        assertThat(counter("s3a-prefetch", "stream_read_bytes")).isEqualTo(2 * read);
        assertThat(counter("s3a-analytics", "stream_read_bytes")).isZero();
    }

    private static long counter(String storage, String name) {
        return storages.at("/" + storage + "/counters/" + name).asLong();
    }

    @Test
    void magicCommitsAndVectoredReadsOfS3AAreSeen() {
        assertThat(with.answer("operations on s3a").split(",", -1))
                .contains("close", "commit", "metadata", "open", "read", "vectored-wait", "write");
    }

    @Test
    void whatTheDriverWritesToHdfsIsCountedByChunks() {
        assertThat(summary.at("/histograms").toString()).contains("\"hdfs\"", "\"s3a\"");
        assertThat(summary.at("/driver")).anySatisfy(call -> {
            assertThat(call.at("/scheme").asText()).isEqualTo("hdfs");
            assertThat(call.at("/operation").asText()).isEqualTo("write");
            assertThat(call.at("/bytes").asLong()).isEqualTo(7L * READS * (256 << 10));
        });
    }
}

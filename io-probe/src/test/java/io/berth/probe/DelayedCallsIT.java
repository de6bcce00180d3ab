package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.probe.selftest.DelayedCalls;
import java.nio.file.Path;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link StoresIT} asks of reads, asked of the other kinds of calls. */
@Tag("long")
final class DelayedCallsIT {
    @TempDir
    private static Path directory;

    private static JsonNode calls;
    private static JsonNode sampled;

    @BeforeAll
    static void run() throws Exception {
        try (S3 s3 = S3.start();
                MiniDFSCluster hdfs = StoresIT.hdfs(directory.resolve("hdfs"))) {
            String[] slow = {
                "org.apache.hadoop.fs.RawLocalFileSystem#open",
                "org.apache.hadoop.fs.RawLocalFileSystem#getFileStatus",
                "org.apache.hadoop.fs.RawLocalFileSystem$LocalFSFileOutputStream#write",
                "org.apache.hadoop.fs.RawLocalFileSystem$LocalFSFileOutputStream#close",
                "org.apache.hadoop.hdfs.DistributedFileSystem#open",
                "org.apache.hadoop.hdfs.DistributedFileSystem#getFileStatus",
                "org.apache.hadoop.hdfs.DataStreamer#waitAndQueuePacket",
                "org.apache.hadoop.hdfs.DFSOutputStream#close",
                "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitter#commitTask"
            };
            calls = StoresIT.lastLine(StoresIT.application(s3, directory.resolve("calls"))
                    .delayed(slow)
                    .run(
                            DelayedCalls.class.getName(),
                            "0",
                            "file=file://" + directory.resolve("calls-raw"),
                            "checksums=file://" + directory.resolve("calls-checksums"),
                            "hdfs=" + hdfs.getURI() + "/calls",
                            "s3a=s3a://there/calls"));
            sampled = StoresIT.lastLine(StoresIT.application(s3, directory.resolve("sampled"))
                    .conf("spark.berth.probe.mode", "sampled")
                    .delayed(slow)
                    .run(DelayedCalls.class.getName(), "300", "file=file://" + directory.resolve("calls-sampled")));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "file,open",
        "file,metadata",
        "file,write",
        "file,close",
        "file,commit",
        "checksums,open",
        "checksums,metadata",
        "checksums,write",
        "checksums,close",
        "hdfs,open",
        "hdfs,metadata",
        "hdfs,write",
        "hdfs,close",
        "hdfs,commit"
    })
    void delaysOfOtherCallsAreFoundToo(String storage, String operation) {
        JsonNode result = calls.at("/" + storage + "/" + operation);
        // What the checksum file system does between the calls of the one below is time of the call, too.
        double mostNanos = storage.equals("checksums") ? 500_000 : 50_000;

        assertThat(result.at("/slope").asDouble()).as(result.toString()).isCloseTo(1, within(0.02));
        assertThat(result.at("/interceptNanos").asDouble())
                .as(result.toString())
                .isBetween(-50_000.0, mostNanos);
        assertThat(result.at("/onStage").asDouble()).isGreaterThan(0.99);
    }

    /** The clock around the calls sees what happens between them, too: a thread that has to wait for a processor. */
    @ParameterizedTest
    @ValueSource(strings = {"open", "metadata", "close", "commit"})
    void callsThatWaitForAnswersOfS3AreFoundToo(String operation) {
        JsonNode result = calls.at("/s3a/" + operation);

        assertThat(result.at("/slope").asDouble()).as(result.toString()).isCloseTo(1, within(0.02));
        assertThat(result.at("/interceptNanos").asDouble())
                .as(result.toString())
                .isBetween(-2_000_000.0, 50_000.0);
        assertThat(result.at("/onStage").asDouble()).as(result.toString()).isGreaterThan(0.99);
    }

    /** When a slow call that isn't among the timed ones began is known to the distance of two ticks. */
    @ParameterizedTest
    @ValueSource(strings = {"open", "write", "close", "commit"})
    void delaysAreFoundInSampledModeToo(String operation) {
        JsonNode result = sampled.at("/file/" + operation);

        assertThat(result.at("/slope").asDouble()).as(result.toString()).isCloseTo(1, within(0.05));
        assertThat(result.at("/interceptNanos").asDouble())
                .as(result.toString())
                .isBetween(-500_000.0, 500_000.0);
    }
}

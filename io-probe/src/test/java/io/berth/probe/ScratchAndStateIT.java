package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shuffles, spills, checkpoints and streaming state, against what Spark says itself where it says anything. */
final class ScratchAndStateIT {
    @TempDir
    private static Path directory;

    private static ForkedApplication.Ended ended;
    private static JsonNode summary;

    @BeforeAll
    static void run() throws Exception {
        ended = new ForkedApplication(directory)
                .conf("spark.shuffle.spill.numElementsForceSpillThreshold", "6000")
                // Low, so that the serialised shuffle is used.
                .conf("spark.shuffle.sort.bypassMergeThreshold", "1")
                .conf("spark.eventLog.enabled", "true")
                .conf(
                        "spark.eventLog.dir",
                        Files.createDirectories(directory.resolve("events")).toString())
                .conf("spark.hadoop.parquet.hadoop.vectored.io.enabled", "true")
                .run("sort,sort-pairs,group-pairs,few-partitions,checkpoint,stream,stream-rocksdb,write-and-read");
        summary = ended.summary();
    }

    @Test
    void everyTaskIsSeen() {
        assertThat(summary.at("/completeness/tasksSeen").asInt())
                .isEqualTo(summary.at("/completeness/tasksStarted").asInt())
                .isGreaterThan(20);
        assertThat(summary.at("/completeness/notTransformed")).isEmpty();
    }

    @Test
    void bytesSpilledAreThoseThatSparkCounts() {
        long spilled = Long.parseLong(ended.answer("spilled"));

        assertThat(spilled).isPositive();
        assertThat(bytes("spill-write")).isCloseTo(spilled, within(spilled / 100));
        // The task waits for a helper thread, which does the reading.
        assertThat(calls("spill-read")).isPositive();
        assertThat(summary.at("/unattributed").toString()).contains("spill-read");
    }

    @Test
    void spillsThatAreReadBackOnTheTasksThreadAreTheTasks() {
        assertThat(ended.answer("sort-pairs")).isEqualTo("20000 pairs");
        assertThat(ended.answer("group-pairs")).isEqualTo("20000 groups");
        assertThat(PlainApplicationIT.stages(summary)
                        .filter(stage -> stage.at("/name").asText().startsWith("count at"))
                        .map(stage -> stage.at("/successful/costs"))
                        .filter(costs -> costs.has("spill-write")))
                .hasSize(2)
                .allSatisfy(costs -> {
                    long spilled = costs.at("/spill-write/bytes").asLong();
                    assertThat(costs.at("/spill-read/bytes").asLong()).isCloseTo(spilled, within(spilled / 50));
                });
    }

    @Test
    void bytesWrittenForShufflesAreThoseThatSparkCounts() {
        long written = Long.parseLong(ended.answer("shuffle written without spills"));
        long found = PlainApplicationIT.stages(summary)
                .map(stage -> stage.at("/successful/costs"))
                .filter(costs -> !costs.has("spill-write"))
                .mapToLong(costs -> costs.at("/shuffle-write/bytes").asLong())
                .sum();

        assertThat(ended.answer("few-partitions")).isEqualTo("20000 numbers");
        assertThat(written).isPositive();
        assertThat(found).isCloseTo(written, within(written / 50));
    }

    @Test
    void bytesOfLocalShuffleBlocksAreThoseThatSparkCounts() {
        long read = Long.parseLong(ended.answer("shuffle read"));

        assertThat(read).isPositive();
        assertThat(bytes("shuffle-read-local")).isCloseTo(read, within(read / 50));
        assertThat(calls("shuffle-write")).isPositive();
        assertThat(calls("shuffle-fetch-wait")).isPositive();
    }

    @Test
    void rangesOfVectoredReadsAreCountedWhereTheyAreAskedFor() throws Exception {
        long written;
        try (Stream<Path> files = Files.walk(directory.resolve("write-and-read"))) {
            written = files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }

        assertThat(ended.answer("write-and-read")).isEqualTo("[1249975000,50000]");
        assertThat(calls("vectored-wait")).isPositive();
        assertThat(bytes("read")).isCloseTo(written, within(written / 10));
    }

    @Test
    void checkpointsAndStateAreNotMistakenForOutput() {
        assertThat(ended.answer("checkpoint")).isEqualTo("20000 lines");
        assertThat(categories("count at")).contains("checkpoint").doesNotContain("write", "open");
        assertThat(categories("start at")).contains("checkpoint", "read").doesNotContain("write");
        assertThat(categories("start at RocksDbStream"))
                .contains("checkpoint", "read")
                .doesNotContain("write");
        assertThat(summary.at("/driver")).anySatisfy(call -> {
            assertThat(call.at("/operation").asText()).isEqualTo("checkpoint");
            assertThat(call.at("/scheme").asText()).isEqualTo("file");
        });
    }

    @Test
    void theEventLogIsLeftOut() throws Exception {
        try (Stream<Path> logs = Files.walk(directory.resolve("events"))) {
            assertThat(logs.filter(Files::isRegularFile)
                            .mapToLong(log -> log.toFile().length())
                            .sum())
                    .isGreaterThan(100_000);
        }
        assertThat(summary.at("/unattributed").toString()).doesNotContain("\"write\"");
        assertThat(summary.at("/driver").toString()).doesNotContain("\"write\"");
    }

    private static Set<String> categories(String stageName) {
        Set<String> categories = new TreeSet<>();
        PlainApplicationIT.stages(summary)
                .filter(stage -> stage.at("/name").asText().startsWith(stageName))
                .forEach(stage -> stage.at("/successful/costs").fieldNames().forEachRemaining(categories::add));
        return categories;
    }

    private static long calls(String category) {
        return sum(category, "calls");
    }

    private static long bytes(String category) {
        return sum(category, "bytes");
    }

    private static long sum(String category, String what) {
        return PlainApplicationIT.stages(summary)
                .mapToLong(stage ->
                        stage.at("/successful/costs/" + category + "/" + what).asLong())
                .sum();
    }
}

package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An unchanged application with the probe by conf alone. */
final class PlainApplicationIT {
    private static final String ANSWER = "[1249975000,50000]";

    @TempDir
    private static Path shared;

    @TempDir
    private Path directory;

    private static ForkedApplication.Ended ended;
    private static JsonNode summary;

    @BeforeAll
    static void run() throws Exception {
        ended = new ForkedApplication(shared)
                .conf("spark.master", "local[2,4]")
                .agentOptions("=include=io.berth.probe.Stuck")
                .run("write-and-read,save-and-list,fail,cancel,throw,kill");
        summary = ended.summary();
    }

    @Test
    void everyTaskIsSeen() {
        assertThat(ended.err()).contains("berth-io-probe: ");
        assertThat(summary.at("/completeness/tasksSeen").asInt())
                .isEqualTo(summary.at("/completeness/tasksStarted").asInt())
                .isGreaterThanOrEqualTo(19);
        assertThat(summary.at("/completeness/notTransformed")).isEmpty();
        assertThat(summary.at("/completeness/executorsWithoutAgent").asInt()).isZero();
    }

    @Test
    void bytesAreThoseOfTheFiles() throws Exception {
        assertThat(ended.answer("write-and-read")).isEqualTo(ANSWER);
        long written = bytes(shared.resolve("write-and-read"));
        JsonNode writing = summary.at("/stages/0/successful");
        assertThat(writing.at("/tasks").asInt()).isEqualTo(4);
        // Checksum files and Parquet's own, too.
        assertThat(writing.at("/costs/write/bytes").asLong()).isCloseTo(written, within(written / 100));
        assertThat(writing.at("/costs/open/calls").asInt()).isPositive();
        assertThat(writing.at("/costs/close/calls").asInt()).isPositive();
        // At least to set up a task and to ask whether it needs a commit.
        assertThat(writing.at("/costs/commit/calls").asInt()).isGreaterThanOrEqualTo(4 * 2);
        long read = stages(summary)
                .mapToLong(stage -> stage.at("/successful/costs/read/bytes").asLong())
                .sum();
        assertThat(read).isCloseTo(written, within(written / 20));
    }

    @Test
    void storageTimeIsPartOfTheTasksTime() {
        assertThat(stages(summary)).allSatisfy(stage -> {
            JsonNode sum = stage.at("/successful");
            assertThat(sum.at("/ioNanos").asLong())
                    .isLessThanOrEqualTo(sum.at("/wallNanos").asLong());
            assertThat(sum.at("/blockedNanos").asLong())
                    .isLessThanOrEqualTo(sum.at("/ioNanos").asLong());
        });
    }

    @Test
    void callsOfTheDriverAreAPhaseOfTheirOwn() {
        assertThat(summary.at("/driver")).anySatisfy(call -> {
            assertThat(call.at("/operation").asText()).isEqualTo("metadata");
            assertThat(call.at("/scheme").asText()).isEqualTo("file");
            assertThat(call.at("/execution").asText()).isNotEmpty();
        });
    }

    @Test
    void callsOfTheDriverWithoutPropertiesOfSparksAreTheDriversToo() {
        assertThat(ended.answer("save-and-list")).isEqualTo("value");
        for (String operation : List.of("commit", "metadata")) {
            assertThat(summary.at("/driver")).as(operation).anySatisfy(call -> {
                assertThat(call.at("/operation").asText()).isEqualTo(operation);
                assertThat(call.at("/scheme").asText()).isEqualTo("file");
                assertThat(call.has("execution") || call.has("jobGroup")).isFalse();
            });
        }
    }

    @Test
    void everyKindOfCallHasItsLatencies() {
        assertThat(StreamSupport.stream(summary.at("/histograms").spliterator(), false)
                        .map(histogram -> histogram.at("/operation").asText()))
                .contains("open", "read", "write", "close", "metadata");
        // The application sets no iteration; the first would be a guess.
        assertThat(summary.at("/histograms"))
                .allSatisfy(histogram -> assertThat(histogram.has("iteration")).isFalse());
    }

    @Test
    void failedAttemptsAreWastedNotLost() {
        assertThat(ended.answer("fail")).isEqualTo("998 lines");
        assertThat(stages(summary)
                        .filter(stage -> stage.at("/name").asText().startsWith("count at"))
                        .filter(stage -> stage.at("/wasted/tasks").asInt() == 2
                                && stage.at("/wasted/costs/read/bytes").asLong() > 0
                                && stage.at("/successful/tasks").asInt() == 2))
                .hasSize(1);
    }

    @Test
    void killedTasksAreWastedNotLost() {
        assertThat(ended.answer("cancel")).isEqualTo("1000 lines");
        assertThat(stages(summary)
                        .filter(stage -> stage.at("/name").asText().startsWith("countAsync"))
                        .filter(stage -> stage.at("/wasted/tasks").asInt() == 2
                                && stage.at("/wasted/costs/read/bytes").asLong() > 0))
                .hasSize(1);
    }

    @Test
    void aReadThatThrowsIsACallLikeAnyOther() {
        assertThat(ended.answer("throw")).isEqualTo("20 thrown");
        assertThat(stages(summary)
                        .filter(stage ->
                                stage.at("/successful/costs/read/calls").asInt() == 40))
                .hasSize(1);
    }

    @Test
    void aReadThatIsKilledIsWastedAndTheNextTaskIsUnharmed() {
        assertThat(ended.answer("kill")).isEqualTo("3 counted");
        assertThat(stages(summary)
                        .filter(stage -> stage.at("/name").asText().startsWith("collectAsync"))
                        .map(stage -> stage.at("/wasted/costs/read/nanos").asLong()))
                .singleElement()
                .satisfies(nanos -> assertThat(nanos).isGreaterThan(400_000_000L));
    }

    @Test
    void switchedOffItLeavesNothing() throws Exception {
        ForkedApplication.Ended off = new ForkedApplication(directory)
                .conf("spark.berth.probe.enabled", "false")
                .run("write-and-read");

        assertThat(off.answer("write-and-read")).isEqualTo(ANSWER);
        assertThat(off.err()).doesNotContain("berth-io-probe");
        assertThat(off.json()).doesNotExist();
    }

    @Test
    void executorsInProcessesOfTheirOwnReportToTheDriverAndOneThatDiesIsMissed() throws Exception {
        ForkedApplication.Ended cluster =
                new ForkedApplication(directory).cluster().run("write-and-read,halt");

        assertThat(cluster.answer("write-and-read")).isEqualTo(ANSWER);
        assertThat(cluster.answer("halt")).isEqualTo("999 lines");
        JsonNode seen = cluster.summary();
        assertThat(seen.at("/completeness/tasksSeen").asInt())
                .isEqualTo(seen.at("/completeness/tasksEnded").asInt() - 1)
                .isGreaterThanOrEqualTo(10);
        assertThat(cluster.err())
                .contains("berth-io-probe: %d of %d tasks seen"
                        .formatted(
                                seen.at("/completeness/tasksSeen").asInt(),
                                seen.at("/completeness/tasksEnded").asInt()));
        assertThat(seen.at("/completeness/executorsWithoutAgent").asInt()).isZero();
        assertThat(seen.at("/stages/0/successful/costs/write/bytes").asLong()).isPositive();
        assertThat(seen.at("/histograms").toString()).contains("\"read\"");
    }

    @Test
    void theSlowerCopyOfATaskIsWasted() throws Exception {
        ForkedApplication.Ended speculating = new ForkedApplication(directory)
                .cluster(2)
                .conf("spark.speculation", "true")
                .conf("spark.speculation.interval", "100ms")
                .conf("spark.speculation.quantile", "0.5")
                .run(TwoHosts.class.getName(), "speculate", directory.toString());

        assertThat(speculating.answer("speculate")).isEqualTo("996 lines");
        assertThat(stages(speculating.summary())
                        .filter(stage -> stage.at("/name").asText().startsWith("count at")))
                .singleElement()
                .satisfies(stage -> {
                    assertThat(stage.at("/successful/tasks").asInt()).isEqualTo(4);
                    assertThat(stage.at("/wasted/tasks").asInt()).isEqualTo(1);
                    assertThat(stage.at("/wasted/costs/read/bytes").asLong()).isPositive();
                });
    }

    @Test
    void anExecutorWithoutTheAgentIsToldAndTheApplicationGoesOn() throws Exception {
        ForkedApplication.Ended without =
                new ForkedApplication(directory).clusterWithoutAgents().run("write-and-read");

        assertThat(without.answer("write-and-read")).isEqualTo(ANSWER);
        JsonNode seen = without.summary();
        assertThat(seen.at("/completeness/executorsWithoutAgent").asInt()).isEqualTo(1);
        assertThat(seen.at("/completeness/tasksEnded").asInt()).isGreaterThanOrEqualTo(8);
        assertThat(seen.at("/completeness/tasksSeen").asInt()).isZero();
        assertThat(without.err()).contains("1 process without the probe's agent");
    }

    @Test
    void waitingForShuffleBlocksOfOtherExecutorsIsFetchWait() throws Exception {
        ForkedApplication.Ended two =
                new ForkedApplication(directory).cluster(2).run("sort-pairs");

        assertThat(two.answer("sort-pairs")).isEqualTo("20000 pairs");
        assertThat(Long.parseLong(two.answer("shuffle read remotely"))).isPositive();
        assertThat(sum(two.summary(), "shuffle-fetch-wait", "calls")).isPositive();
        assertThat(sum(two.summary(), "shuffle-fetch-wait", "nanos"))
                .isGreaterThanOrEqualTo(Long.parseLong(two.answer("fetch wait ms")) * 1_000_000);
    }

    @Test
    void sampledCallsAreAllCountedAndCloseInTime() throws Exception {
        ForkedApplication.Ended sampled = new ForkedApplication(directory)
                .conf("spark.berth.probe.mode", "sampled")
                .conf("spark.master", "local[2,4]")
                .run("write-and-read,throw");

        assertThat(sampled.answer("write-and-read")).isEqualTo(ANSWER);
        assertThat(sampled.answer("throw")).isEqualTo("20 thrown");
        JsonNode seen = sampled.summary();
        assertThat(seen.at("/completeness/tasksSeen").asInt())
                .isEqualTo(seen.at("/completeness/tasksStarted").asInt());
        long written = bytes(directory.resolve("write-and-read"));
        assertThat(seen.at("/stages/0/successful/costs/write/bytes").asLong())
                .isCloseTo(written, within(written / 100));
        assertThat(stages(seen)
                        .filter(stage ->
                                stage.at("/successful/costs/read/calls").asInt() == 40))
                .hasSize(1);
        assertThat(stages(seen))
                .allSatisfy(stage -> assertThat(stage.at("/successful/ioNanos").asLong())
                        .isLessThanOrEqualTo(stage.at("/successful/wallNanos").asLong()));
    }

    private static long sum(JsonNode summary, String category, String what) {
        return stages(summary)
                .mapToLong(stage ->
                        stage.at("/successful/costs/" + category + "/" + what).asLong())
                .sum();
    }

    static Stream<JsonNode> stages(JsonNode summary) {
        return StreamSupport.stream(summary.at("/stages").spliterator(), false);
    }

    private static long bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}

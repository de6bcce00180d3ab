package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.plan.Trial;
import io.berth.model.results.Counter;
import io.berth.model.results.Results;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.TrialOutcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills the runner while real Spark and real servers are its children. */
@Tag("long")
class KilledSparkIT {
    private static final int KILLS = 3;
    private static final int LATEST_KILL_MILLIS = 10_000;
    private static final Duration CHILDREN_DIE_WITHIN = Duration.ofSeconds(10);

    @TempDir
    private Path temp;

    @Test
    void killedWithSparkAndServersItIsResumed() throws Exception {
        RealBerth berth = new RealBerth(temp);
        Path hdfs = berth.profile("hdfs", """
                backend: hdfs-embedded
                description: servers of this test's own
                accessType: distributed
                settings: {directory: %s}
                """.formatted(temp.resolve("hdfs")));
        Path suite = berth.suite("""
                - name: throughput
                  warmup: 0
                  iterations: 1
                  parameters: {files: 2, fileMiB: 4, randomReads: 2}
                """, hdfs, "s3-embedded");
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        // The first kill hits servers that don't serve yet.
        kill("seed %d, kill 0".formatted(seed), 0, berth, "run", suite, "--blocks", 4, "--out", berth.results());
        for (int i = 1; i < KILLS; i++) {
            kill(
                    "seed %d, kill %d".formatted(seed, i),
                    random.nextInt(LATEST_KILL_MILLIS),
                    berth,
                    "resume",
                    berth.results());
        }

        assertThat(berth.run("resume", berth.results()))
                .as("seed %d: %s", seed, berth.log())
                .isZero();

        Results results = ResultsDirectory.open(berth.results()).results();
        assertThat(results.trials())
                .extracting(result -> result.trial().id())
                .containsExactlyElementsOf(
                        results.plan().trials().stream().map(Trial::id).toList());
        assertThat(results.trials()).allSatisfy(result -> assertThat(result.attempts())
                .filteredOn(attempt -> attempt.outcome() instanceof TrialOutcome.Completed)
                .hasSize(1));
        for (JsonNode cell : berth.cells()) {
            assertThat(cell.path("outcome").textValue()).isEqualTo("completed");
        }
        assertThat(temp.resolve("hdfs")).doesNotExist();
        // What was read in the applications comes from the servers of this run.
        assertThat(berth.measurements("block1-throughput-hdfs").io()).allSatisfy(io -> assertThat(io.counters())
                .filteredOn(counter -> counter.source().equals("datanodes"))
                .extracting(Counter::name)
                .contains("bytesRead", "bytesWritten", "writeMillis"));
    }

    /** Some time after its first server has been started, so that it always has children to lose. */
    private static void kill(String which, int afterMillis, RealBerth berth, Object... args) throws Exception {
        String mark = "killed-" + UUID.randomUUID();
        Process runner = berth.start(Map.of("BERTH_TEST_MARK", mark), args);
        RealBerth.descendant(runner.toHandle(), "io.berth.server");
        runner.waitFor(afterMillis, TimeUnit.MILLISECONDS);
        assertThat(runner.isAlive()).as(which).isTrue();
        assertThat(RealBerth.withEnvironment(mark)).as(which).hasSizeGreaterThan(1);
        runner.destroyForcibly().waitFor();
        // Not its descendants of a moment ago: it may have started one since.
        long deadline = System.nanoTime() + CHILDREN_DIE_WITHIN.toNanos();
        while (!RealBerth.withEnvironment(mark).isEmpty() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(RealBerth.withEnvironment(mark))
                .as("%s: children of a runner that was killed", which)
                .isEmpty();
    }
}

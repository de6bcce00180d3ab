package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A class that the probe's hook doesn't fit, and four busy tasks on one core that read from memory. */
final class MisfitIT {
    private static final String MISFIT = "org.apache.spark.io.NioBufferedFileInputStream";

    @TempDir
    private static Path directory;

    private static Path memory;
    private static ForkedApplication.Ended ended;
    private static JsonNode summary;

    @BeforeAll
    static void run() throws Exception {
        memory = Files.createTempDirectory(Path.of("/dev/shm"), "berth-io-probe");
        Path source = directory.resolve("NioBufferedFileInputStream.java");
        try (InputStream text =
                Objects.requireNonNull(MisfitIT.class.getResourceAsStream("/shadow/NioBufferedFileInputStream.java"))) {
            Files.copy(text, source);
        }
        Path classes = Files.createDirectories(directory.resolve("classes"));
        int compiled =
                ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", classes.toString(), source.toString());
        assertThat(compiled).isZero();
        ended = new ForkedApplication(directory)
                .shadowedBy(classes)
                .onOneCore()
                .conf("spark.master", "local[4]")
                .conf("spark.shuffle.spill.numElementsForceSpillThreshold", "6000")
                .run(PlainApplication.class.getName(), "burn,burn,sort", memory.toString());
        summary = ended.summary();
    }

    @AfterAll
    static void cleanUp() throws Exception {
        try (var files = Files.walk(memory)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }

    @Test
    void aClassThatCanNotBeTransformedIsNamedAndTheApplicationGoesOn() {
        assertThat(ended.answer("sort")).isEqualTo("sorted");
        assertThat(summary.at("/completeness/notTransformed").has(MISFIT)).isTrue();
        assertThat(ended.err()).contains("not instrumented: " + MISFIT);
        assertThat(summary.at("/completeness/tasksSeen").asInt())
                .isEqualTo(summary.at("/completeness/tasksStarted").asInt());
    }

    @Test
    void waitingForTheCpuIsNotWaitingForStorage() {
        // The second time: at first, three tasks wait in open() for the fourth to load the classes.
        JsonNode burning = summary.at("/stages/1/successful");

        assertThat(burning.at("/tasks").asInt()).isEqualTo(4);
        assertThat(burning.at("/costs/read/bytes").asLong()).isGreaterThan(4L << 20);
        // Without R, most of W - C would be taken for waiting: each of the four tasks has a quarter of a core.
        assertThat(burning.at("/wallNanos").asLong() - burning.at("/cpuNanos").asLong())
                .isGreaterThan(burning.at("/wallNanos").asLong() / 2);
        assertThat(burning.at("/blockedFraction").asDouble()).isLessThan(0.05);
    }
}

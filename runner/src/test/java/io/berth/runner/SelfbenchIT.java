package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.text.Formats;
import io.berth.runner.cli.Cli;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The probe's test of itself as a whole: one pair of real applications, and real delayed reads. */
@Tag("long")
class SelfbenchIT {
    @TempDir
    private Path temp;

    /** This build, with a suite that is as short as can be. */
    private Path home() throws IOException {
        Path home = Files.createDirectories(temp.resolve("home"));
        for (String shared : new String[] {"workloads", "storage-profiles"}) {
            Files.createSymbolicLink(home.resolve(shared), RealBerth.HOME.resolve(shared));
        }
        String shipped = Files.readString(RealBerth.HOME.resolve("suites/selfbench.yaml"));
        String shortened = shipped.replace("scaleFactor: 0.2", "scaleFactor: 0.01")
                .replaceAll("queries: \\[.*]", "queries: [q06]")
                .replaceAll("warmup: \\d+", "warmup: 0")
                .replaceAll("iterations: \\d+", "iterations: 1");
        Path disk = temp.resolve("disk.yaml");
        Files.writeString(disk, """
                name: local-disk
                backend: local
                description: a directory
                accessType: local
                settings: {directory: %s}
                """.formatted(temp.resolve("disk")));
        Files.createDirectories(home.resolve("suites"));
        Files.writeString(
                home.resolve("suites/selfbench.yaml"),
                shortened.replace("profiles: [local-disk]", "profiles: [%s]".formatted(disk)));
        return home;
    }

    @Test
    void onePairAnswersWithEveryKey() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int exitCode = Cli.execute(
                home(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                "selfbench",
                "--pairs",
                "1",
                "--format",
                "json",
                "--out",
                temp.resolve("results").toString());

        assertThat(exitCode).as(err.toString(StandardCharsets.UTF_8)).isZero();
        JsonNode answer = Formats.json().readTree(out.toByteArray());
        assertThat(answer.path("pairs").intValue()).isEqualTo(1);
        assertThat(answer.path("overhead").isNumber()).isTrue();
        assertThat(answer.has("overheadUpper95")).isTrue();
        assertThat(answer.path("overheadUpper95").isNull())
                .as("a bound from one pair")
                .isTrue();
        assertThat(answer.path("nanosPerOperation").doubleValue()).isPositive();
        for (String storage : new String[] {"file", "hdfs", "s3a"}) {
            assertThat(answer.at("/slope/" + storage).doubleValue()).as(storage).isBetween(0.98, 1.02);
        }
    }
}

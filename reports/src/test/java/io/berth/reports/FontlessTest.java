package io.berth.reports;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM in a slim image has no fonts, and what fonts say differs from machine to machine. */
class FontlessTest {
    @Test
    void reportIsTheSameInAJvmWhoseFontsCannotBeLoaded(@TempDir Path directory)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dsun.font.fontmanager=no.such.FontManager",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Samples.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(Files.readString(directory.resolve("probed.html")))
                .isEqualTo(Report.of(Samples.named("probed")).html());
    }
}

package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.text.FormatVersion;
import io.berth.runner.Installation.Ending;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The runner with real applications that aren't of its own build. */
class OtherVersionsIT {
    private static final String FORMAT_VERSION = "io/berth/model/text/FormatVersion";

    @TempDir
    private Path temp;

    private Installation installation;
    private Path suite;

    /** This build, but for the application. */
    @BeforeEach
    void install() throws IOException {
        Path home = temp.resolve("home");
        installation = Installation.at(home);
        link(RealBerth.HOME.resolve("storage-profiles"), home.resolve("storage-profiles"));
        link(RealBerth.HOME.resolve("workloads/definitions"), home.resolve("workloads/definitions"));
        suite = installation.write("suite.yaml", """
                name: small
                blocks: 1
                spark: {spark.driver.extraJavaOptions: -XX:TieredStopAtLevel=1 -XX:+UseSerialGC}
                profiles: [disk.yaml]
                workloads:
                  - {name: throughput, warmup: 0, iterations: 1}
                """);
        installation.write("disk.yaml", """
                {name: disk, backend: local, description: a directory, accessType: local, settings: {directory: %s}}
                """.formatted(temp.resolve("disk")));
    }

    /** Either way round, as both ask for the same: an older application with this runner, and this one with a newer. */
    @ParameterizedTest
    @CsvSource({"1, 0, an older", "9, 0, a newer"})
    void anApplicationOfAnotherBerthRefusesItsRunnerAndIsRefused(int major, int minor, String age) throws IOException {
        Path application = installation.home().resolve("workloads/target/app");
        link(RealBerth.APPLICATION.resolve("jvm.options"), application.resolve("jvm.options"));
        Path changed = otherFormat(major, minor);
        Path places = Files.createDirectories(application.resolve("jars"));
        List<String> unchanged = new ArrayList<>();
        try (Stream<Path> jars = Files.list(RealBerth.APPLICATION.resolve("jars"))) {
            for (Path jar : jars.toList()) {
                String name = jar.getFileName().toString();
                // The probe has its own.
                if (name.matches("berth-(model|io-probe).*")) {
                    Path place = Files.copy(jar, places.resolve(name));
                    try (FileSystem inside = FileSystems.newFileSystem(place)) {
                        Files.copy(
                                changed,
                                inside.getPath(FORMAT_VERSION + ".class"),
                                StandardCopyOption.REPLACE_EXISTING);
                    }
                } else {
                    unchanged.add(jar.toUri().toString());
                }
            }
        }
        // All others by one jar that names them.
        Manifest others = new Manifest();
        others.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        others.getMainAttributes().put(Attributes.Name.CLASS_PATH, String.join(" ", unchanged));
        try (OutputStream jar = Files.newOutputStream(places.resolve("berth-workloads.jar"))) {
            new JarOutputStream(jar, others).close();
        }

        Ending ending = run();

        assertThat(ending.exitCode()).as(ending.err()).isEqualTo(4);
        assertThat(reason())
                .isEqualTo(
                        "application: the application is of %s berth: it speaks format %d.%d, and this runner %s alone; make it with the berth that runs it"
                                .formatted(age, major, minor, FormatVersion.CURRENT));
        Path logs = temp.resolve("results/logs");
        assertThat(Files.readAllLines(logs.resolve("block1-throughput-disk.records.jsonl")))
                .as("it has refused by itself, before it began")
                .satisfiesExactly(
                        line -> assertThat(line).contains("\"type\":\"started\""),
                        line -> assertThat(line)
                                .contains(
                                        "\"type\":\"failure\"",
                                        "the runner speaks format \\\"%s\\\"".formatted(FormatVersion.CURRENT),
                                        "%d.%d alone".formatted(major, minor)),
                        line -> assertThat(line).contains("\"type\":\"end\""));
    }

    @Test
    void anApplicationOnAnotherSparkThanTheSuiteSaysIsRefused() throws IOException {
        link(RealBerth.APPLICATION, installation.home().resolve("workloads/spark-3.5/target/app"));
        Files.writeString(
                suite, Files.readString(suite).replace("iterations: 1", "iterations: 1, sparkVersion: '3.5'"));

        Ending ending = run();

        assertThat(ending.exitCode()).as(ending.err()).isEqualTo(4);
        assertThat(reason()).isEqualTo("application: workload throughput is for Spark 3.5, but this is Spark 4.0.1");
    }

    private Ending run() {
        return installation.berth("run", suite, "--out", temp.resolve("results"));
    }

    private String reason() throws IOException {
        JsonNode cell =
                installation.report(temp.resolve("results")).path("cells").get(0);
        assertThat(cell.path("samples")).isEmpty();
        return cell.path("reason").textValue();
    }

    /** The class that says which format an application speaks, as another release has it. */
    private Path otherFormat(int major, int minor) throws IOException {
        String source = Files.readString(RealBerth.HOME.resolve("model/src/main/java/" + FORMAT_VERSION + ".java"));
        String other = source.replaceFirst(
                "CURRENT = new FormatVersion\\(\\d+, \\d+\\)",
                "CURRENT = new FormatVersion(%d, %d)".formatted(major, minor));
        assertThat(other).isNotEqualTo(source);
        Path file = Files.writeString(temp.resolve("FormatVersion.java"), other);
        int exitCode = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler())
                .run(
                        null,
                        null,
                        null,
                        "-proc:none",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        temp.toString(),
                        file.toString());
        assertThat(exitCode).isZero();
        return temp.resolve(FORMAT_VERSION + ".class");
    }

    private static void link(Path target, Path place) throws IOException {
        Files.createDirectories(place.resolveSibling("."));
        Files.createSymbolicLink(place, target);
    }
}

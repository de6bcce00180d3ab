package io.berth.runner;

import io.berth.model.text.Formats;
import io.berth.runner.cli.Cli;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** An installation of berth in a temporary directory, whose applications are the small conforming ones. */
public final class Installation {
    private final Path home;

    private Installation(Path home) {
        this.home = home;
    }

    /** What a command line came to. */
    public record Ending(int exitCode, String out, String err) {}

    /** One that is there already. */
    public static Installation at(Path home) {
        return new Installation(home);
    }

    public static Installation in(Path home) throws IOException {
        Path lib = Files.createDirectories(home.resolve("workloads/target/app/jars"));
        Files.writeString(
                home.resolve("workloads/target/app/jvm.options"), "-XX:+UseSerialGC -XX:TieredStopAtLevel=1\n");
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (path.endsWith("classes") || path.endsWith("test-classes")) {
                jar(path, lib.resolve(path.getParent().getParent().getFileName() + "-" + path.getFileName() + ".jar"));
            } else if (entry.endsWith(".jar")
                    && (entry.contains("jackson") || entry.contains("snakeyaml") || entry.contains("berth-model"))) {
                Files.copy(path, lib.resolve(path.getFileName()));
            }
        }
        Files.createFile(lib.resolve("berth-workloads.jar"));
        Installation installation = new Installation(home);
        Path data = home.resolve("storage");
        installation.write("workloads/definitions/conforming.yaml", """
                name: conforming
                mainClass: none
                description: keeps to the protocol
                durability: read-only
                roles: [data, scratch]
                parameters:
                  behaviour: {default: good, description: what it does}
                  preparation: {default: good, description: what its preparation does}
                  size: {default: 7, description: a number}
                warmup: 1
                iterations: 2
                timeLimit: 30
                estimate: 1
                spark: {spark.driver.memory: 64m, spark.plugins: ""}
                """);
        for (String name : new String[] {"local-disk", "other"}) {
            installation.write("storage-profiles/profiles/" + name + ".yaml", """
                    name: %s
                    backend: local
                    description: a directory
                    accessType: local
                    settings: {directory: %s}
                    """.formatted(name, data.resolve(name)));
        }
        installation.write("suites/quickstart.yaml", suite("good"));
        return installation;
    }

    /** A suite of one workload on two profiles in two blocks. */
    public static String suite(String behaviour) {
        return """
                name: quickstart
                profiles: [local-disk, other]
                blocks: 2
                seed: 42
                workloads:
                  - name: conforming
                    parameters: {behaviour: %s}
                """.formatted(behaviour);
    }

    public Path home() {
        return home;
    }

    public Path write(String name, String content) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    /** Runs a command line in this process. */
    public Ending berth(Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Cli.execute(
                home,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Stream.of(args).map(String::valueOf).toArray(String[]::new));
        return new Ending(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The report of a results directory, as JSON. */
    public com.fasterxml.jackson.databind.JsonNode report(Path results) throws IOException {
        return Formats.json()
                .readTree(berth("report", results, "--format", "json").out());
    }

    private static void jar(Path classes, Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> tree = Files.walk(classes)) {
            for (Path path : tree.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(path).toString()));
                Files.copy(path, out);
                out.closeEntry();
            }
        }
    }
}

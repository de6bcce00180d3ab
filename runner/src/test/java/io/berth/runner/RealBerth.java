package io.berth.runner;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.results.Attempt;
import io.berth.model.results.Measurements;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.TrialOutcome;
import io.berth.model.text.Formats;
import io.berth.runner.cli.Cli;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The berth that this build has made, with real Spark and real servers; suites and results are in a temporary directory. */
final class RealBerth {
    static final Path HOME = Path.of(System.getProperty("berth.home"));
    static final Path APPLICATION = HOME.resolve("workloads/target/app");
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Path temp;

    RealBerth(Path temp) {
        this.temp = temp;
    }

    Path results() {
        return temp.resolve("results");
    }

    /** Runs a command line in this process; what it says goes to {@link #log}. */
    int run(Object... args) throws IOException {
        try (PrintStream err =
                new PrintStream(Files.newOutputStream(temp.resolve("err")), true, StandardCharsets.UTF_8)) {
            return Cli.execute(HOME, err, err, texts(args).toArray(String[]::new));
        }
    }

    String log() throws IOException {
        return Files.readString(temp.resolve("err"));
    }

    /** Starts a command line as a process of its own, which tests may kill; what it says goes to {@code runner.log}. */
    Process start(Map<String, String> environment, Object... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dberth.home=" + HOME,
                "-cp",
                System.getProperty("java.class.path"),
                "io.berth.runner.cli.Berth"));
        texts(args).forEach(command::add);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        temp.resolve("runner.log").toFile()));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** The cells of the report. */
    JsonNode cells() throws IOException {
        return Formats.json()
                .readTree(out("report", results(), "--format", "json"))
                .path("cells");
    }

    /** Runs a command line in this process; returns what it says. */
    String out(Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        Cli.execute(HOME, stream, stream, texts(args).toArray(String[]::new));
        return out.toString(StandardCharsets.UTF_8);
    }

    /** The attempt of a trial that counts. */
    Attempt attempt(String trial) {
        return ResultsDirectory.open(results()).results().trials().stream()
                .filter(result -> result.trial().id().equals(trial))
                .findFirst()
                .orElseThrow()
                .decisive();
    }

    Measurements measurements(String trial) {
        return ((TrialOutcome.Completed) attempt(trial).outcome()).measurements();
    }

    /** A profile of a directory. */
    Path local(String name, Path directory) throws IOException {
        return profile(name, """
                backend: local
                description: a directory
                accessType: local
                settings: {directory: %s}
                """.formatted(directory));
    }

    Path profile(String name, String rest) throws IOException {
        return Files.writeString(temp.resolve(name + ".yaml"), "name: %s\n%s".formatted(name, rest));
    }

    /** A suite of one block, its profiles by name or by file. Its applications are compiled no more than they live to use. */
    Path suite(String workloads, Object... profiles) throws IOException {
        return Files.writeString(temp.resolve("suite.yaml"), """
                name: small
                blocks: 1
                spark: {spark.driver.extraJavaOptions: -XX:TieredStopAtLevel=1 -XX:+UseSerialGC}
                profiles: [%s]
                workloads:
                %s""".formatted(
                        String.join(", ", texts(profiles).toList()), workloads.indent(2)));
    }

    /** Waits until something is there. */
    static <T> T await(Supplier<Optional<T>> wanted) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<T> found = wanted.get();
            if (found.isPresent()) {
                return found.get();
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new AssertionError("waited for %d s in vain".formatted(PATIENCE.toSeconds()));
    }

    /** Waits until a file, which may not exist yet, has a text in it. */
    static void awaitText(Path file, String text) {
        await(() -> {
            try {
                return Files.exists(file) && Files.readString(file).contains(text)
                        ? Optional.of(text)
                        : Optional.empty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Waits for a process that descends from another and has a text in its arguments. */
    static ProcessHandle descendant(ProcessHandle of, String text) {
        return await(() -> of.descendants()
                .filter(process -> arguments(process).contains(text))
                .findFirst());
    }

    /** Processes that have a text in their environment, as all have that descend from one that was started with it. */
    static List<ProcessHandle> withEnvironment(String text) {
        return ProcessHandle.allProcesses()
                .filter(process -> environment(process).contains(text))
                .toList();
    }

    private static String environment(ProcessHandle process) {
        try {
            return Files.readString(
                    Path.of("/proc", String.valueOf(process.pid()), "environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // It has ended, or is somebody else's.
            return "";
        }
    }

    /** Empty if it has none or has ended. */
    static String arguments(ProcessHandle process) {
        return process.info().commandLine().orElse("");
    }

    static void signal(String name, ProcessHandle process) {
        command("kill", "-" + name, String.valueOf(process.pid()));
    }

    static void command(String... command) {
        try {
            int exitCode = new ProcessBuilder(command).inheritIO().start().waitFor();
            if (exitCode != 0) {
                throw new AssertionError("%s: exit code %d".formatted(String.join(" ", command), exitCode));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Stream<String> texts(Object... args) {
        return Stream.of(args).map(String::valueOf);
    }
}

package io.berth.storage.server;

import io.berth.storage.StorageUnavailable;
import io.berth.storage.Trees;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server in a process of its own, from the moment when it serves. It is on a leash: it ends when this process does,
 * however that happens.
 */
public final class Server implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final int TAIL_BYTES = 65_536;
    private static final Pattern READY_VALUE = Pattern.compile("(\\w+)=(\\d+)");
    private static final Pattern ERROR_LINE = Pattern.compile("^\\S.*(?:ERROR|FATAL|Exception|Error\\b|usage:).*$");

    private final ServerCommand command;
    private final Process process;
    private final long logBegin;
    private final Path temporary;
    private final Map<String, Integer> ports = new HashMap<>();

    private Server(ServerCommand command, Process process, long logBegin, Path temporary) {
        this.command = command;
        this.process = process;
        this.logBegin = logBegin;
        this.temporary = temporary;
    }

    /**
     * Starts a server and waits until it serves.
     *
     * @throws StorageUnavailable if it doesn't, naming its log and what the log says; no process is left then
     */
    public static Server start(ServerCommand command) {
        if (!Files.isDirectory(command.lib())) {
            throw new StorageUnavailable("%s has no class path %s; build berth first (mvn package)"
                    .formatted(command.name(), command.lib()));
        }
        Server server;
        try {
            Path logs = command.log().toAbsolutePath().getParent();
            Files.createDirectories(logs);
            Path temporary = Files.createTempDirectory(logs, command.log().getFileName() + ".tmp");
            long logBegin = Files.exists(command.log()) ? Files.size(command.log()) : 0;
            ProcessBuilder builder = new ProcessBuilder(command.line(temporary))
                    .redirectError(Redirect.appendTo(command.log().toFile()));
            builder.environment().putAll(command.environment());
            server = new Server(command, builder.start(), logBegin, temporary);
        } catch (IOException e) {
            throw new StorageUnavailable("%s can't be started (%s)".formatted(command.name(), e), e);
        }
        try {
            server.awaitReady();
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void awaitReady() {
        CompletableFuture<String> line = new CompletableFuture<>();
        Thread reader = new Thread(() -> line.complete(firstLine()), "berth-ready");
        reader.setDaemon(true);
        reader.start();
        String said;
        try {
            said = line.get(command.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new StorageUnavailable(
                    "%s doesn't serve after %d s; %s"
                            .formatted(command.name(), command.patience().toSeconds(), logSays()),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageUnavailable(command.name() + " was not waited for, because berth was interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        if (!said.startsWith("ready ")) {
            throw new StorageUnavailable("%s did not start; %s".formatted(command.name(), logSays()));
        }
        Matcher values = READY_VALUE.matcher(said);
        while (values.find()) {
            ports.put(values.group(1), Integer.parseInt(values.group(2)));
        }
    }

    /** Empty if the process ended without a word. */
    private String firstLine() {
        try {
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            return line == null ? "" : line;
        } catch (IOException e) {
            return "";
        }
    }

    /** A port that it said it serves on. */
    public int port(String name) {
        Integer port = ports.get(name);
        if (port == null) {
            throw new IllegalStateException("%s named no port \"%s\"".formatted(command.name(), name));
        }
        return port;
    }

    /** The process, for tests that make it misbehave. */
    public long pid() {
        return process.pid();
    }

    /**
     * Refuses to go on with a server that has ended.
     *
     * @throws StorageUnavailable naming its log and what the log says
     */
    public void requireAlive() {
        if (!process.isAlive()) {
            throw new StorageUnavailable(
                    "%s has ended with exit code %d; %s".formatted(command.name(), process.exitValue(), logSays()));
        }
    }

    /** What a message says about a server that is alive and doesn't answer. */
    public StorageUnavailable silent(IOException cause) {
        requireAlive();
        return new StorageUnavailable(
                "%s (process %d) doesn't answer (%s); %s".formatted(command.name(), pid(), cause, logSays()), cause);
    }

    private String logSays() {
        List<String> lines = tail().lines().filter(line -> !line.isBlank()).toList();
        String said = lines.stream()
                .filter(line -> ERROR_LINE.matcher(line).matches())
                .reduce((earlier, later) -> later)
                .orElseGet(
                        () -> lines.isEmpty() ? "" : lines.get(lines.size() - 1).strip());
        return said.isEmpty()
                ? "its log %s says nothing".formatted(command.log())
                : "its log %s says: %s".formatted(command.log(), said);
    }

    /** The end of what this process has logged. */
    private String tail() {
        try (RandomAccessFile log = new RandomAccessFile(command.log().toFile(), "r")) {
            long begin = Math.max(logBegin, log.length() - TAIL_BYTES);
            byte[] bytes = new byte[(int) Math.max(0, log.length() - begin)];
            log.seek(begin);
            log.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /** Ends the server: asks by the leash, which halts it at once, and kills one that can't even do that. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // The other end is gone already.
        }
        boolean interrupted = Thread.interrupted();
        try {
            if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly().onExit().join();
            interrupted = true;
        }
        try {
            Trees.delete(temporary);
        } catch (IOException e) {
            // Beside the log, where it harms nothing.
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

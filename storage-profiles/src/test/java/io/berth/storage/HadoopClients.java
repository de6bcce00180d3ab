package io.berth.storage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.berth.model.text.Formats;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Hadoop's own clients, each in a process with the class path of applications and with exactly what a binding says: its
 * settings and its environment.
 */
final class HadoopClients implements AutoCloseable {
    private static final Path WORKLOADS = Path.of(System.getProperty("berth.home"), "workloads");

    private final Map<Map<String, String>, Console> consoles = new ConcurrentHashMap<>();

    StorageClient of(Binding binding) {
        return of(binding, Map.of());
    }

    /** @param exported what the user has in the environment of berth itself, which applications inherit */
    StorageClient of(Binding binding, Map<String, String> exported) {
        Map<String, String> environment = new TreeMap<>(exported);
        environment.putAll(binding.environment());
        return new Client(consoles.computeIfAbsent(environment, Console::new), binding.sparkConf());
    }

    @Override
    public void close() {
        consoles.values().forEach(Console::close);
    }

    /** A storage's client refused. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    private static final class Console {
        private final Process process;
        private final BufferedWriter requests;
        private final BufferedReader answers;

        Console(Map<String, String> environment) {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.add("-Xmx256m");
            command.add("-XX:+UseSerialGC");
            command.add("-XX:TieredStopAtLevel=1");
            command.add("-cp");
            command.add(WORKLOADS.resolve("target/test-classes") + File.pathSeparator
                    + WORKLOADS.resolve("target/app/jars") + "/*");
            command.add("io.berth.workloads.FileSystemConsole");
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.DISCARD);
            builder.environment().putAll(environment);
            try {
                process = builder.start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            requests = process.outputWriter(StandardCharsets.UTF_8);
            answers = process.inputReader(StandardCharsets.UTF_8);
        }

        synchronized String ask(ObjectNode request) {
            try {
                requests.write(Formats.json().writeValueAsString(request) + "\n");
                requests.flush();
                String line = answers.readLine();
                if (line == null) {
                    throw new IllegalStateException("the console ended; is workloads packaged?");
                }
                JsonNode answer = Formats.json().readTree(line);
                if (answer.has("error")) {
                    throw new Refused(answer.get("error").asText());
                }
                return answer.path("result").asText();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void close() {
            try (requests) {
                process.destroyForcibly();
            } catch (IOException e) {
                // It has ended already.
            }
        }
    }

    private record Client(Console console, Map<String, String> conf) implements StorageClient {
        @Override
        public void write(String uri, String text) {
            ask("write", uri, text);
        }

        @Override
        public void append(String uri, String text) {
            ask("append", uri, text);
        }

        @Override
        public String read(String uri) {
            return ask("read", uri, "");
        }

        @Override
        public boolean exists(String uri) {
            return Boolean.parseBoolean(ask("exists", uri, ""));
        }

        @Override
        public void rename(String from, String to) {
            if (!Boolean.parseBoolean(ask("rename", from, to))) {
                throw new Refused("rename said no");
            }
        }

        @Override
        public List<String> list(String uri) {
            return ask("list", uri, "").lines().toList();
        }

        private String ask(String operation, String uri, String text) {
            ObjectNode request = Formats.json().createObjectNode();
            request.put("operation", operation).put("uri", uri).put("text", text);
            ObjectNode settings = request.putObject("conf");
            conf.forEach(settings::put);
            return console.ask(request);
        }
    }
}

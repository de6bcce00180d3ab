package io.berth.workloads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * Operations of Hadoop's file systems, on the class path of applications, for tests of modules that must not have it: one
 * JSON object a line on standard input, one answer a line on standard output. Ends with its input.
 */
public final class FileSystemConsole {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, FileSystem> open = new HashMap<>();

    private FileSystemConsole() {}

    public static void main(String[] args) throws IOException {
        PrintStream answers = System.out;
        System.setOut(System.err);
        FileSystemConsole console = new FileSystemConsole();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                console.execute(JSON.readTree(line), answer);
            } catch (IOException | RuntimeException e) {
                answer.put("error", e.toString());
            }
            answers.println(JSON.writeValueAsString(answer));
            answers.flush();
        }
        // Clients have threads that would keep the process for a while.
        Runtime.getRuntime().halt(0);
    }

    private void execute(JsonNode request, ObjectNode answer) throws IOException {
        Path path = new Path(request.get("uri").asText());
        FileSystem files = fileSystem(path, request.get("conf"));
        String text = request.path("text").asText();
        switch (request.get("operation").asText()) {
            case "write" -> {
                try (OutputStream out = files.create(path, true)) {
                    out.write(text.getBytes(StandardCharsets.UTF_8));
                }
            }
            case "append" -> {
                try (OutputStream out = files.append(path)) {
                    out.write(text.getBytes(StandardCharsets.UTF_8));
                }
            }
            case "read" -> {
                try (InputStream in = files.open(path)) {
                    answer.put("result", new String(in.readAllBytes(), StandardCharsets.UTF_8));
                }
            }
            case "exists" -> answer.put("result", String.valueOf(files.exists(path)));
            case "rename" -> answer.put("result", String.valueOf(files.rename(path, new Path(text))));
            case "list" -> answer.put("result", String.join("\n", list(files, path)));
            default -> throw new IllegalArgumentException(request.toString());
        }
    }

    private FileSystem fileSystem(Path path, JsonNode settings) throws IOException {
        String key = path.toUri().getScheme() + "://" + path.toUri().getAuthority();
        FileSystem known = open.get(key);
        if (known == null) {
            Configuration conf = new Configuration();
            settings.properties()
                    .forEach(setting -> conf.set(
                            setting.getKey().replaceFirst("^spark\\.hadoop\\.", ""),
                            setting.getValue().asText()));
            known = FileSystem.newInstance(path.toUri(), conf);
            open.put(key, known);
        }
        return known;
    }

    private static Set<String> list(FileSystem files, Path directory) throws IOException {
        Set<String> names = new TreeSet<>();
        int prefix = files.makeQualified(directory).toString().length() + 1;
        RemoteIterator<LocatedFileStatus> all = files.listFiles(directory, true);
        while (all.hasNext()) {
            names.add(all.next().getPath().toString().substring(prefix));
        }
        return names;
    }
}

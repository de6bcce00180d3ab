package io.berth.runner.submit;

import io.berth.model.plan.TrialSpec;
import io.berth.model.text.Formats;
import io.berth.storage.PodVolume;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * One application to start.
 *
 * @param attempt     1 for the first
 * @param spec        what the application is told
 * @param master      Spark master
 * @param environment added to the application's environment; the only way secrets travel
 * @param volumes     that its pods mount; none outside of Kubernetes
 * @param logs        directory for its log, its spec and its records
 * @param application what is started, for people
 */
public record Submission(
        int attempt,
        TrialSpec spec,
        String master,
        Map<String, String> environment,
        List<PodVolume> volumes,
        Path logs,
        String application) {
    public Submission {
        environment = Map.copyOf(environment);
        volumes = List.copyOf(volumes);
    }

    /** Without the values of the environment, which may be secrets. */
    @Override
    public String toString() {
        return "Submission[attempt=%d, spec=%s, master=%s, environment=%s, volumes=%s, logs=%s, application=%s]"
                .formatted(attempt, spec, master, environment.keySet(), volumes, logs, application);
    }

    /** What the application prints. */
    public Path log() {
        return file(".log");
    }

    /** What the application is told. */
    public Path specFile() {
        return file(".spec.json");
    }

    /** What the application says. */
    public Path records() {
        return file(".records.jsonl");
    }

    /** The Spark settings that it is submitted with. */
    public Path conf() {
        return file(".conf");
    }

    /** For its temporary files, while it runs on this machine. */
    public Path temporary() {
        return file(".tmp");
    }

    /**
     * Writes what the application is told, and removes what an earlier one may have said.
     *
     * @param sparkConf what it is submitted with
     */
    public void write(Map<String, String> sparkConf) throws IOException {
        Properties properties = new Properties();
        properties.putAll(new TreeMap<>(sparkConf));
        try (Writer out = Files.newBufferedWriter(conf(), StandardCharsets.ISO_8859_1)) {
            properties.store(out, null);
        }
        Files.writeString(
                specFile(), Formats.json().writerWithDefaultPrettyPrinter().writeValueAsString(spec));
        Files.deleteIfExists(records());
    }

    private Path file(String ending) {
        return logs.resolve(spec.trial() + (attempt == 1 ? "" : ".attempt" + attempt) + ending);
    }
}

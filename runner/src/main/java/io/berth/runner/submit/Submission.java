package io.berth.runner.submit;

import io.berth.model.plan.TrialSpec;
import java.nio.file.Path;
import java.util.Map;

/**
 * One application to start.
 *
 * @param attempt     1 for the first
 * @param spec        what the application is told
 * @param master      Spark master
 * @param environment added to the application's environment; the only way secrets travel
 * @param logs        directory for its log, its spec and its records
 */
public record Submission(int attempt, TrialSpec spec, String master, Map<String, String> environment, Path logs) {
    public Submission {
        environment = Map.copyOf(environment);
    }

    /** Without the values of the environment, which may be secrets. */
    @Override
    public String toString() {
        return "Submission[attempt=%d, spec=%s, master=%s, environment=%s, logs=%s]"
                .formatted(attempt, spec, master, environment.keySet(), logs);
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

    private Path file(String ending) {
        return logs.resolve(spec.trial() + (attempt == 1 ? "" : ".attempt" + attempt) + ending);
    }
}

package io.berth.model.suite;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a trial uses a storage for. Each role is placed on one profile. */
public enum Role {
    /** Input and output of the workload. */
    DATA,
    /** Shuffle and spill files: Spark's local directories. Needs a mounted directory. */
    SCRATCH,
    /** Streaming and RDD checkpoints. */
    CHECKPOINT,
    /** Spark's event log; never on the storage under test. */
    EVENT_LOG;

    /** The name in YAML, JSON and reports: {@code data}, {@code event-log}. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

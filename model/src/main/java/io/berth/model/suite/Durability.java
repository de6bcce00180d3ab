package io.berth.model.suite;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a workload that writes has waited for when its time ends. Cells of different durability get no ratio. */
public enum Durability {
    /** The workload writes nothing. */
    READ_ONLY,
    /** The file system's {@code close()} returned; the drain to stable storage is timed apart. */
    CLOSED,
    /** Synchronised to stable storage (fsync, hsync) or to the store's own promise. */
    SYNCED;

    /** The name in YAML, JSON and reports: {@code read-only}. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

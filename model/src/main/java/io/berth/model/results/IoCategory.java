package io.berth.model.results;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What kind of storage call a task waited for. The names are those of docs/methodology.md. */
public enum IoCategory {
    OPEN,
    READ,
    WRITE,
    CLOSE,
    /** List, status, mkdirs, rename, delete. */
    METADATA,
    COMMIT,
    SHUFFLE_WRITE,
    SHUFFLE_READ_LOCAL,
    SHUFFLE_FETCH_WAIT,
    SPILL_WRITE,
    SPILL_READ,
    /** RDD and streaming checkpoints, state stores. */
    CHECKPOINT,
    /** Waiting for ranges of a vectored read. */
    VECTORED_WAIT;

    /** The name in JSON and reports: {@code shuffle-fetch-wait}. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

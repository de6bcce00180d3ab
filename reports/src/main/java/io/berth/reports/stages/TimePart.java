package io.berth.reports.stages;

import io.berth.model.results.IoCategory;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** What the time of tasks is split into. The parts of a stage add up to the time of its tasks. */
public enum TimePart {
    READ("open and read", "Blocked in opening and reading input, as the I/O probe saw it"),
    WRITE("write and close", "Blocked in writing and closing output, as the I/O probe saw it"),
    METADATA(
            "metadata and commit",
            "Blocked in listing, status, mkdirs, rename, delete and commits, as the I/O probe saw it"),
    SHUFFLE(
            "shuffle",
            "Blocked in writing shuffle data and reading those of the same machine, as the I/O probe saw it"),
    SHUFFLE_WAIT(
            "shuffle wait",
            "Waiting for shuffle data of other executors, as the I/O probe saw it or, without one, by Spark's metrics"),
    SPILL("spill", "Blocked in writing and reading spilled data, as the I/O probe saw it"),
    CHECKPOINT("checkpoint", "Blocked in checkpoints and state stores, as the I/O probe saw it"),
    SHUFFLE_WRITE("shuffle write", "Writing shuffle files, by Spark's metrics, as far as it wasn't CPU time"),
    OFF_CPU(
            "other off-CPU",
            "Run time that was neither CPU time nor explained otherwise: at most this was spent waiting for storage"),
    CPU("CPU", "CPU time of the task's thread"),
    GC("GC", "Garbage collection, by Spark's metrics"),
    RUN_QUEUE("run queue", "Ready to run, but without a CPU"),
    SERIALIZE("serialize", "Deserializing tasks and serializing results, as far as it lay outside of their run"),
    SCHEDULER("scheduler", "Scheduler delay, as in Spark's UI"),
    OTHER("other", "Everything else: locks, sleeping, fetching results");

    private static final Set<TimePart> BLOCKED =
            Collections.unmodifiableSet(EnumSet.of(READ, WRITE, METADATA, SHUFFLE, SHUFFLE_WAIT, SPILL, CHECKPOINT));

    private final String label;
    private final String explanation;

    TimePart(String label, String explanation) {
        this.label = label;
        this.explanation = explanation;
    }

    /** For people. */
    public String label() {
        return label;
    }

    /** One sentence for people. */
    public String explanation() {
        return explanation;
    }

    /** The parts that are blocked time by the I/O probe. */
    public static Set<TimePart> blocked() {
        return BLOCKED;
    }

    /** Where the blocked time of a category is shown. */
    static TimePart of(IoCategory category) {
        return switch (category) {
            case OPEN, READ, VECTORED_WAIT -> READ;
            case WRITE, CLOSE -> WRITE;
            case METADATA, COMMIT -> METADATA;
            case SHUFFLE_WRITE, SHUFFLE_READ_LOCAL -> SHUFFLE;
            case SHUFFLE_FETCH_WAIT -> SHUFFLE_WAIT;
            case SPILL_WRITE, SPILL_READ -> SPILL;
            case CHECKPOINT -> CHECKPOINT;
        };
    }
}

package io.berth.model.plan;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * One Spark application to start.
 *
 * @param id       names its file, log and pod; unique in a plan
 * @param kind     what the application does
 * @param block    1-based number of the block it belongs to; 0 for preparations, which come before the first block
 * @param position 0-based place in the order of the whole plan
 * @param workload the workload's name in this plan
 * @param profile  the storage profile's name
 */
public record Trial(String id, Kind kind, int block, int position, String workload, String profile) {

    /** What the application of a trial does. */
    public enum Kind {
        /** Makes the workload's data on the profile; never measured. */
        PREPARE,
        /** Runs, times and verifies the workload. */
        MEASURE;

        /** The name in files. */
        @JsonValue
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Workload and profile: what the trials of all blocks are samples of. */
    public Cell cell() {
        return new Cell(workload, profile);
    }
}

package io.berth.model.results;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Optional;

/**
 * One task attempt.
 *
 * @param index             of the task in its stage
 * @param attempt           0 for the first
 * @param executor          id of the executor
 * @param launchOffsetNanos from the submission of the stage to the launch of the task
 * @param elapsedNanos      from launch to end, as the driver saw it
 * @param outcome           how it ended
 * @param io                what the I/O probe saw; absent when it was off or didn't see the task
 */
public record TaskMeasurement(
        int index,
        int attempt,
        String executor,
        long launchOffsetNanos,
        long elapsedNanos,
        Outcome outcome,
        Optional<TaskIo> io) {

    /** How a task attempt ended. Only successful attempts count towards their stage's I/O; others are wasted I/O. */
    public enum Outcome {
        SUCCESS,
        FAILED,
        KILLED;

        /** The name in files. */
        @JsonValue
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

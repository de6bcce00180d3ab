package io.berth.model.results;

import java.util.Optional;

/**
 * What a step computed, in a form that can be compared: the same over all profiles, and equal to the committed expected
 * value where there is one.
 *
 * @param step     the step that gave it
 * @param rows     number of rows, files or records
 * @param checksum order-insensitive; a deviation allowed by the workload is already rounded away
 * @param expected the committed checksum for these parameters, if there is one
 */
public record Answer(String step, long rows, String checksum, Optional<String> expected) {
    /** False only if there is an expected value and the answer differs from it. */
    public boolean matches() {
        return expected.isEmpty() || expected.get().equals(checksum);
    }
}

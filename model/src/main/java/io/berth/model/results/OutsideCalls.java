package io.berth.model.results;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Optional;

/**
 * Storage calls of one kind by threads that ran no task.
 *
 * @param caller    whose threads
 * @param step      the step they were made for; absent if nobody knows
 * @param scheme    scheme of the file system, as in {@link OperationHistogram}
 * @param operation the kind of call
 * @param cost      of the calls
 */
public record OutsideCalls(Caller caller, Optional<String> step, String scheme, IoCategory operation, IoCost cost) {

    /** Whose threads made a call. */
    public enum Caller {
        /** Threads of the driver that work for a job or a query: listing, job commit, logs of streaming queries. */
        DRIVER,
        /**
         * Helper threads that nobody can be held to account for. Their calls overlap with what tasks waited for and must
         * not be added to it.
         */
        UNATTRIBUTED;

        /** The name in files. */
        @JsonValue
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

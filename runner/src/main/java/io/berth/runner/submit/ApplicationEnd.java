package io.berth.runner.submit;

import java.time.Duration;

/**
 * How an application's process came to its end.
 *
 * @param way      by itself or stopped
 * @param exitCode of the process
 * @param elapsed  from its start to its end
 */
public record ApplicationEnd(Way way, int exitCode, Duration elapsed) {

    /** Who ended the application. */
    public enum Way {
        /** It ended by itself, or something outside of berth ended it. */
        EXITED,
        /** It was stopped at its time limit. */
        TIMED_OUT,
        /** It was stopped because the submission's caller didn't want to go on. */
        ABANDONED,
        /** It was stopped because the run was. */
        INTERRUPTED
    }
}

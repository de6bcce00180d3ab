package io.berth.runner.cli;

/** What {@code berth} ends with; documented in the README. */
final class ExitCode {
    static final int DONE = 0;
    static final int USAGE = 2;
    /** The set-up is invalid and nothing was measured. */
    static final int SET_UP = 3;
    /** Some trials have no numbers. */
    static final int INCOMPLETE = 4;
    /** A defect of berth itself. */
    static final int DEFECT = 70;

    static final int INTERRUPTED = 130;

    private ExitCode() {}
}

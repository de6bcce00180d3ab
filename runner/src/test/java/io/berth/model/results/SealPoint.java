package io.berth.model.results;

/** Opens the one point of sealing that only the package itself can reach. */
public final class SealPoint {
    private SealPoint() {}

    /** A directory that does something when a file is on stable storage and not yet in place. */
    public static ResultsDirectory beforeRename(ResultsDirectory directory, Runnable action) {
        return directory.withRenameAfter(action);
    }
}

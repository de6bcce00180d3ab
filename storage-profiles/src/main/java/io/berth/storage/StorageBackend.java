package io.berth.storage;

import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One kind of storage.
 *
 * @implSpec An implementation has no state: everything that belongs to one use of a profile is in the {@link Storage} it
 *     opens. {@code open} may start servers and make directories, and undoes all of that itself if it throws.
 */
public interface StorageBackend {

    /** As profiles call it. */
    String name();

    /** One line for {@code berth profiles}. */
    String description();

    /** The settings that its profiles may have. */
    List<Setting> settings();

    /** The roles it can serve. Others fall to local scratch space, and the report says so. */
    Set<Role> roles();

    /** Whether applications in pods reach it. What is of the runner's own machine doesn't. */
    default boolean reachesPods() {
        return false;
    }

    /** What no cluster or server could make right about a profile's settings, whose names and kinds are right. */
    default Optional<ProfileProblem> problem(StorageProfile profile) {
        return Optional.empty();
    }

    /** Whether anything of a run may still be on a profile's storage when all that it made in its cluster has gone. */
    default boolean outlivesTheRun(StorageProfile profile) {
        return true;
    }

    /**
     * Makes the storage of a profile usable for one run, or proves that it is.
     *
     * @throws StorageUnavailable if it isn't what the profile says, or can't be used; nothing was measured and nothing is
     *     left behind
     */
    Storage open(StorageProfile profile, RunScope run);

    /**
     * Removes what a run that was killed may have left outside of its cluster.
     *
     * @throws StorageUnavailable if it can't be asked or something stays
     */
    default void sweep(StorageProfile profile, RunScope run) {
        open(profile, run).close();
    }
}

package io.berth.storage;

import io.berth.model.plan.Trial;
import io.berth.model.results.MountFact;
import io.berth.model.results.PodLife;
import io.berth.model.results.Warning;
import io.berth.model.suite.Role;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The storage of one profile, ready for the trials of one run.
 *
 * @implSpec Only one trial uses a storage at a time. {@code close} removes what this run created, and nothing else; data
 *     sets are kept for later runs unless the profile says otherwise.
 */
public interface Storage extends AutoCloseable {

    /**
     * What a trial must be told to use the storage for these roles.
     *
     * @param roles a subset of the backend's
     */
    Binding bind(Trial trial, Set<Role> roles);

    /**
     * Whether the storage is still what it was when it was opened; asked before each trial.
     *
     * @throws StorageUnavailable if it is not
     */
    void check();

    /**
     * Refuses to go on if a server of this run's own has ended. Costs no request, because it is asked all the time while a
     * trial runs.
     *
     * @throws StorageUnavailable naming the server and what its log says
     */
    default void requireAlive() {}

    /**
     * What the storage itself, and no process of the trial, has in the trial's {@link Binding#proofUri}. Asked once, when the
     * application has ended.
     *
     * @param origin a value of {@link System#nanoTime}, to which the times of a pod that looks refer
     * @throws StorageUnavailable if it can't be asked
     */
    default Nonces nonces(Trial trial, long origin) {
        return new Nonces(Map.of());
    }

    /**
     * Nonces as a storage has them.
     *
     * @param byFile content of each file by its name
     * @param look   the life of the pod that has looked, if it took one
     */
    record Nonces(Map<String, String> byFile, Optional<PodLife> look) {
        public Nonces {
            byFile = Map.copyOf(byFile);
        }

        /** Nonces that were seen without a pod. */
        public Nonces(Map<String, String> byFile) {
            this(byFile, Optional.empty());
        }
    }

    /**
     * Why a trial has not used the storage as the profile says, by what its processes have found in their mount tables.
     *
     * @param mounts of the driver and of every executor
     * @return nothing if it has
     */
    default Optional<String> misplaced(List<MountFact> mounts) {
        return Optional.empty();
    }

    /**
     * What has happened to the storage since the last {@link #check} and has cost the trial time, as far as it can be told.
     * Asked once, when an application has ended well.
     */
    default List<Warning> disturbances() {
        return List.of();
    }

    /**
     * Removes what the trial may have left, also if its application was killed.
     *
     * @throws StorageUnavailable if something stays; {@code close} tries again
     */
    void cleanUp(Trial trial);

    /**
     * Ends the use by somebody who never got a pod to mount it: there is nothing on it to remove, and what was made in
     * Kubernetes goes by its label.
     *
     * @throws StorageUnavailable naming what stays elsewhere
     */
    default void abandon() {}

    /**
     * Ends the use by this run.
     *
     * @throws StorageUnavailable naming what stays
     */
    @Override
    void close();
}

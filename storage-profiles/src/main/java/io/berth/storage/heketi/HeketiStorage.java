package io.berth.storage.heketi;

import io.berth.model.plan.Trial;
import io.berth.model.results.MountFact;
import io.berth.model.suite.Role;
import io.berth.storage.Binding;
import io.berth.storage.Storage;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The volume as pods use it, and its removal from Heketi after that. */
final class HeketiStorage implements Storage {
    private final Storage volume;
    private final Runnable removal;

    /**
     * A storage.
     *
     * @param volume  in Kubernetes
     * @param removal of what is behind it
     */
    HeketiStorage(Storage volume, Runnable removal) {
        this.volume = volume;
        this.removal = removal;
    }

    @Override
    public Binding bind(Trial trial, Set<Role> roles) {
        return volume.bind(trial, roles);
    }

    @Override
    public void check() {
        volume.check();
    }

    @Override
    public void requireAlive() {
        volume.requireAlive();
    }

    @Override
    public Nonces nonces(Trial trial, long origin) {
        return volume.nonces(trial, origin);
    }

    @Override
    public Optional<String> misplaced(List<MountFact> mounts) {
        return volume.misplaced(mounts);
    }

    @Override
    public void cleanUp(Trial trial) {
        volume.cleanUp(trial);
    }

    @Override
    public void abandon() {
        try {
            volume.abandon();
        } finally {
            removal.run();
        }
    }

    @Override
    public void close() {
        try {
            volume.close();
        } finally {
            removal.run();
        }
    }
}

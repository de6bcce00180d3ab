package io.berth.storage;

import io.berth.model.plan.Trial;
import io.berth.model.results.MountFact;
import io.berth.model.results.Warning;
import io.berth.model.suite.Role;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Another storage with something around it: who extends this says only what is different. */
public abstract class ForwardingStorage implements Storage {
    private final Storage storage;

    /**
     * Forwards everything.
     *
     * @param storage closed with this
     */
    protected ForwardingStorage(Storage storage) {
        this.storage = storage;
    }

    @Override
    public Binding bind(Trial trial, Set<Role> roles) {
        return storage.bind(trial, roles);
    }

    @Override
    public void check() {
        storage.check();
    }

    @Override
    public void requireAlive() {
        storage.requireAlive();
    }

    @Override
    public Nonces nonces(Trial trial, long origin) {
        return storage.nonces(trial, origin);
    }

    @Override
    public Optional<String> misplaced(List<MountFact> mounts) {
        return storage.misplaced(mounts);
    }

    @Override
    public List<Warning> disturbances() {
        return storage.disturbances();
    }

    @Override
    public void cleanUp(Trial trial) {
        storage.cleanUp(trial);
    }

    @Override
    public void abandon() {
        storage.abandon();
    }

    @Override
    public void close() {
        storage.close();
    }
}

package io.berth.storage;

import io.berth.model.plan.Trial;
import io.berth.model.results.MountFact;
import io.berth.model.results.Warning;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A storage whose servers live in the cluster for as long as it does. */
final class DeployedStorage implements Storage {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final DeployedServers servers;
    private final Storage storage;

    private DeployedStorage(DeployedServers servers, Storage storage) {
        this.servers = servers;
        this.storage = storage;
    }

    /**
     * Deploys the servers of a profile and opens its storage.
     *
     * @throws StorageUnavailable if that fails; nothing is left then
     */
    static Storage open(StorageBackend backend, StorageProfile profile, RunScope run) {
        Cluster cluster = run.cluster()
                .orElseThrow(() -> new StorageUnavailable(
                        "profile \"%s\": its servers are deployed into a Kubernetes; use --master k8s or another profile"
                                .formatted(profile.name())));
        DeployedServers servers = new DeployedServers(profile, cluster);
        try {
            return new DeployedStorage(servers, opened(backend, servers.resolved(), run));
        } catch (RuntimeException e) {
            try {
                servers.close();
            } catch (StorageUnavailable further) {
                e.addSuppressed(further);
            }
            throw e;
        }
    }

    /** Nodes learn the address of a Service a moment after its pods are ready, and nothing tells when they have. */
    private static Storage opened(StorageBackend backend, StorageProfile profile, RunScope run) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return backend.open(profile, run);
            } catch (StorageUnavailable e) {
                if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
            }
        }
    }

    @Override
    public Binding bind(Trial trial, Set<Role> roles) {
        return storage.bind(trial, roles);
    }

    @Override
    public void check() {
        servers.check();
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
    public void close() {
        try (servers) {
            storage.close();
        }
    }
}

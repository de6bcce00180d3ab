package io.berth.storage;

import io.berth.model.suite.StorageProfile;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A storage whose servers live in the cluster for as long as it does. */
final class DeployedStorage extends ForwardingStorage {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final DeployedServers servers;

    private DeployedStorage(DeployedServers servers, Storage storage) {
        super(storage);
        this.servers = servers;
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
    public void check() {
        servers.check();
        super.check();
    }

    @Override
    public void close() {
        try (servers) {
            super.close();
        }
    }
}

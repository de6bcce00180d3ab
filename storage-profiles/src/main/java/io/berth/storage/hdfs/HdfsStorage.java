package io.berth.storage.hdfs;

import io.berth.model.plan.Trial;
import io.berth.model.results.Warning;
import io.berth.model.suite.Role;
import io.berth.storage.Access;
import io.berth.storage.Binding;
import io.berth.storage.RunScope;
import io.berth.storage.Storage;
import io.berth.storage.StorageUnavailable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A directory of an HDFS. Lay-out as everywhere: {@code data/} holds data sets for this and later runs, {@code
 * runs/RUN/TRIAL/} what one trial writes.
 */
final class HdfsStorage implements Storage {
    private static final String PROOF = "proof";

    private final Cluster cluster;
    private final String root;
    private final String runDirectory;
    private final boolean prove;
    private final Access access;
    private Optional<URI> activeBefore = Optional.empty();

    /** Whose file system it is, and how to reach it. */
    interface Cluster {
        /** Scheme and authority of what applications open, such as {@code hdfs://namenode.example:8020}. */
        String uri();

        WebHdfs web();

        /**
         * Whether it serves.
         *
         * @throws io.berth.storage.StorageUnavailable if not
         */
        void check();

        /** As {@link Storage#requireAlive}. */
        default void requireAlive() {}

        /** Turns a failed request into what the user should know. */
        RuntimeException unavailable(IOException e);

        /**
         * Removes what this run has made, and ends what it has started.
         *
         * @param runDirectory holds everything that this run's trials have written
         */
        void release(String runDirectory);
    }

    /**
     * Makes the lay-out, and proves that blocks can be written and read.
     *
     * @param root berth's directory, without a slash at its end
     */
    HdfsStorage(Cluster cluster, String root, RunScope run, Access access) {
        this.cluster = cluster;
        this.root = root;
        this.runDirectory = root + "/runs/" + run.run();
        // Elsewhere the daemons run for this run alone.
        this.prove = run.cluster().isPresent();
        this.access = access;
        try {
            cluster.web().makeDirectory(root + "/data");
            String probe = runDirectory + "/probe";
            cluster.web().write(probe, run.run());
            if (!cluster.web().read(probe).equals(run.run())) {
                throw new IOException(probe + " reads other than it was written");
            }
            cluster.web().delete(probe);
        } catch (IOException e) {
            throw cluster.unavailable(e);
        }
    }

    @Override
    public Binding bind(Trial trial, Set<Role> roles) {
        String directory = cluster.uri() + runDirectory + "/" + trial.id();
        Map<Role, String> uris = new EnumMap<>(Role.class);
        for (Role role : roles) {
            uris.put(role, role == Role.DATA ? cluster.uri() + root + "/data" : directory + "/" + role.label());
        }
        return new Binding(
                uris,
                directory + "/output",
                prove ? Optional.of(directory + "/" + PROOF) : Optional.empty(),
                access.sparkConf(),
                access.environment(),
                List.of(),
                access.volumes());
    }

    /** By the NameNode's REST interface. */
    @Override
    public Nonces nonces(Trial trial, long origin) {
        String directory = runDirectory + "/" + trial.id() + "/" + PROOF;
        Map<String, String> nonces = new TreeMap<>();
        try {
            for (String name : cluster.web().list(directory)) {
                nonces.put(name, cluster.web().read(directory + "/" + name));
            }
        } catch (FileNotFoundException e) {
            return new Nonces(Map.of());
        } catch (IOException e) {
            throw cluster.unavailable(e);
        }
        return new Nonces(nonces);
    }

    @Override
    public void check() {
        cluster.check();
        activeBefore = cluster.web().active();
    }

    @Override
    public List<Warning> disturbances() {
        try {
            cluster.check();
        } catch (StorageUnavailable e) {
            // The next trial's check tells.
            return List.of();
        }
        Optional<URI> now = cluster.web().active();
        return now.equals(activeBefore)
                ? List.of()
                : List.of(new Warning(
                        "failover",
                        "the active NameNode was the one at %s and is now the one at %s"
                                .formatted(
                                        activeBefore.map(URI::getAuthority).orElse("?"),
                                        now.map(URI::getAuthority).orElse("?"))));
    }

    @Override
    public void requireAlive() {
        cluster.requireAlive();
    }

    @Override
    public void cleanUp(Trial trial) {
        try {
            cluster.web().delete(runDirectory + "/" + trial.id());
        } catch (IOException e) {
            // The next trial's check tells; what is left goes with the run's directory when the storage is closed.
        }
    }

    @Override
    public void close() {
        cluster.release(runDirectory);
    }
}

package io.berth.storage.s3;

import io.berth.model.plan.Trial;
import io.berth.model.suite.Role;
import io.berth.storage.Access;
import io.berth.storage.Binding;
import io.berth.storage.RunScope;
import io.berth.storage.Storage;
import io.berth.storage.StorageUnavailable;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What is below a prefix of a bucket. Lay-out as everywhere: {@code data/} holds data sets for this and later runs, {@code
 * runs/RUN/TRIAL/} what one trial writes.
 */
final class S3Storage implements Storage {
    private static final String PROOF = "proof";

    private final S3Bucket bucket;
    private final String root;
    private final String prefix;
    private final String runPrefix;
    private final boolean prove;
    private final Access access;
    private final Runnable alive;
    private final Runnable end;

    /**
     * Proves that objects can be written and read.
     *
     * @param bucket      closed by this storage
     * @param name        of the bucket
     * @param prefix      of every key; empty, or with a slash at its end
     * @param alive       throws if the server is known to have ended
     * @param end         what is left to do after cleaning up, also if that fails
     */
    S3Storage(S3Bucket bucket, String name, String prefix, RunScope run, Access access, Runnable alive, Runnable end) {
        this.bucket = bucket;
        this.root = "s3a://" + name + "/";
        this.prefix = prefix;
        this.runPrefix = prefix + "runs/" + run.run() + "/";
        // Elsewhere the bucket's own server runs for this run alone.
        this.prove = run.cluster().isPresent();
        this.access = access;
        this.alive = alive;
        this.end = end;
        bucket.prove(runPrefix + "probe", run.run());
    }

    @Override
    public Binding bind(Trial trial, Set<Role> roles) {
        String directory = root + runPrefix + trial.id();
        Map<Role, String> uris = new EnumMap<>(Role.class);
        for (Role role : roles) {
            uris.put(role, role == Role.DATA ? root + prefix + "data" : directory + "/" + role.label());
        }
        Map<String, String> conf = new TreeMap<>(access.sparkConf());
        if (roles.contains(Role.CHECKPOINT)) {
            // Files appear when they are closed and not at all when they are aborted, so nothing has to be renamed.
            conf.put(
                    "spark.sql.streaming.checkpointFileManagerClass",
                    "org.apache.spark.internal.io.cloud.AbortableStreamBasedCheckpointFileManager");
        }
        return new Binding(
                uris,
                directory + "/output",
                prove ? Optional.of(directory + "/" + PROOF) : Optional.empty(),
                conf,
                access.environment(),
                List.of(),
                access.volumes());
    }

    /** By GETs at the endpoint. */
    @Override
    public Nonces nonces(Trial trial, long origin) {
        return new Nonces(bucket.texts(runPrefix + trial.id() + "/" + PROOF + "/"));
    }

    @Override
    public void check() {
        alive.run();
        bucket.check();
    }

    @Override
    public void requireAlive() {
        alive.run();
    }

    @Override
    public void cleanUp(Trial trial) {
        try {
            bucket.delete(runPrefix + trial.id() + "/");
        } catch (StorageUnavailable e) {
            // The next trial's check tells; what is left goes with the run's prefix when the storage is closed.
        }
    }

    @Override
    public void close() {
        try (bucket) {
            end.run();
        }
    }
}

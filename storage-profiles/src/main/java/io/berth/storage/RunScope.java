package io.berth.storage;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a storage needs to know of the run that uses it.
 *
 * @param run     label of the run; names everything it creates
 * @param logs    where servers that a storage starts write their logs
 * @param cluster where the applications run, if that is a Kubernetes
 * @param remote  whether executors are processes of another kind of cluster, which know the environment of an application
 *                by Spark's settings only; so a storage must refuse to put a secret there
 */
public record RunScope(String run, Path logs, Optional<Cluster> cluster, boolean remote) {

    /** A run of applications that are pods, or processes of this machine. */
    public RunScope(String run, Path logs, Optional<Cluster> cluster) {
        this(run, logs, cluster, false);
    }

    /** A run of applications that aren't pods. */
    public RunScope(String run, Path logs) {
        this(run, logs, Optional.empty());
    }
}

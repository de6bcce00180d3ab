package io.berth.storage;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a storage needs to know of the run that uses it.
 *
 * @param run     label of the run; names everything it creates
 * @param logs    where servers that a storage starts write their logs
 * @param cluster where the applications run, if that is a Kubernetes
 */
public record RunScope(String run, Path logs, Optional<Cluster> cluster) {

    /** A run of applications that aren't pods. */
    public RunScope(String run, Path logs) {
        this(run, logs, Optional.empty());
    }
}

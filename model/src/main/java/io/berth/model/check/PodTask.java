package io.berth.model.check;

import io.berth.model.mount.ExpectedMount;
import java.util.List;
import java.util.Map;

/**
 * What a pod that is like an executor's is asked to look at.
 *
 * @param mounts    what it must find mounted
 * @param directory URI of a directory of its own, to write a file in; what it makes above that and leaves empty goes, too
 * @param conf      Hadoop's settings, and Spark's that say who logs in; free of secrets
 */
public record PodTask(List<ExpectedMount> mounts, String directory, Map<String, String> conf) {
    public PodTask {
        mounts = List.copyOf(mounts);
        conf = Map.copyOf(conf);
    }
}

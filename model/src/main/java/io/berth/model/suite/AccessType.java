package io.berth.model.suite;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * How far away a storage is. Numbers of different access types are comparable, but not for the same reason.
 *
 * @see <a href="https://mlcommons.org/benchmarks/storage/">MLPerf Storage</a>, whose submissions carry such a label
 */
public enum AccessType {
    /** Memory that looks like a file system (tmpfs). */
    MEMORY,
    /** A file system on a disk of the same machine. */
    LOCAL,
    /** A remote block volume with a local file system on it. */
    REMOTE_BLOCK,
    /** A network file system: NFS, GlusterFS. */
    NAS,
    /** A distributed file system reached by a client library: HDFS. */
    DISTRIBUTED,
    /** An object store: S3. */
    OBJECT;

    /** The name in YAML, JSON and reports: {@code remote-block}. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

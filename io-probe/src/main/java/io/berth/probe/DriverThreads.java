package io.berth.probe;

import java.util.List;

/**
 * Which threads of the driver's process are its own. Others serve somebody who waits for them, and may carry the properties
 * of whoever came first; in local mode they may serve a task. Told by their names, in Spark 4.0.1 and Hadoop 3.4.2.
 */
final class DriverThreads {
    private static final List<String> OTHERS = List.of(
            "Executor task launch worker",
            "read-ahead",
            "readingOrcSchemas",
            "readingParquetFooters",
            "s3a-transfer-",
            "s3-committer-pool",
            "state-store-maintenance");

    private DriverThreads() {}

    static boolean own(Thread thread) {
        String name = thread.getName();
        for (String other : OTHERS) {
            if (name.startsWith(other)) {
                return false;
            }
        }
        return true;
    }
}

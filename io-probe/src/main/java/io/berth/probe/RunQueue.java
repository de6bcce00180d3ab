package io.berth.probe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * How long the calling thread has been runnable without a CPU: the second field of {@code schedstat}, in nanoseconds (Linux
 * kernel documentation, {@code Documentation/scheduler/sched-stats.rst}).
 */
final class RunQueue {
    private static final Path SCHEDSTAT = Path.of("/proc/thread-self/schedstat");

    private RunQueue() {}

    /** Absent where the kernel doesn't tell: not Linux, or built without CONFIG_SCHED_INFO, which shows all zeros. */
    static OptionalLong nanos() {
        try {
            return parse(Files.readString(SCHEDSTAT, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    static OptionalLong parse(String schedstat) {
        String[] fields = schedstat.trim().split(" ", -1);
        if (fields.length != 3 || schedstat.startsWith("0 0 0")) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(fields[1]));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}

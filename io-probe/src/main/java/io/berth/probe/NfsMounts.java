package io.berth.probe;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the kernel's NFS client says of its mounts, which splits a wait into client and server: the time that requests
 * queued in the client, the time from sending one to its answer (network and server), and both together. See {@code
 * mountstats(8)}; statistics version 1.1.
 */
final class NfsMounts {
    private static final Pattern MOUNT =
            Pattern.compile("device (\\S+) mounted on \\S+ with fstype nfs4? statvers=1\\.\\d");
    /** {@code READ: 10 10 0 1440 1320 3 20 24}, since Linux 5.3 with the number of errors at the end. */
    private static final Pattern OPERATION = Pattern.compile("\\s+([A-Z_]+): (\\d+(?: \\d+){7,8})");

    private static final List<String> COLUMNS = List.of(
            "requests",
            "transmissions",
            "timeouts",
            "bytesSent",
            "bytesReceived",
            "queueMillis",
            "rttMillis",
            "totalMillis");

    private NfsMounts() {}

    /**
     * The sums over all operations.
     *
     * @param mountstats text of {@code /proc/self/mountstats}
     * @return by device ({@code server:/export}) and column
     */
    static Map<String, Map<String, Long>> parse(String mountstats) {
        Map<String, Map<String, Long>> mounts = new TreeMap<>();
        Map<String, Long> mount = new TreeMap<>();
        boolean again = false;
        for (String line : mountstats.lines().toList()) {
            if (line.startsWith("device ") || line.startsWith("no device ")) {
                Matcher matcher = MOUNT.matcher(line);
                mount = new TreeMap<>();
                // An export that is mounted in several places has the same statistics at each.
                again = !matcher.matches() || mounts.putIfAbsent(matcher.group(1), mount) != null;
                continue;
            }
            Matcher operation = OPERATION.matcher(line);
            if (!again && operation.matches()) {
                String[] values = operation.group(2).split(" ", -1);
                for (int column = 0; column < COLUMNS.size(); column++) {
                    mount.merge(COLUMNS.get(column), Long.parseLong(values[column]), Long::sum);
                }
            }
        }
        return mounts;
    }
}

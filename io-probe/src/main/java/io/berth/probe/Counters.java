package io.berth.probe;

import io.berth.model.results.Counter;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.StorageStatistics;
import org.apache.hadoop.fs.StorageStatistics.LongStatistic;

/**
 * What others than the probe have counted in a process since it started: the kernel ({@code /proc/self/io}, and major
 * page faults, which are I/O without a call), its NFS client, and Hadoop's file systems. Of S3A, Hadoop registers only the
 * statistics of the first file system that a process opened. Those of an NFS mount are its node's: of all processes that
 * use it.
 */
final class Counters implements Serializable {
    private static final long serialVersionUID = 1;
    private static final Path IO = Path.of("/proc/self/io");
    private static final Path STAT = Path.of("/proc/self/stat");
    private static final Path MOUNTS = Path.of("/proc/self/mountstats");
    /** The same in all containers of a node. */
    private static final Path NODE = Path.of("/proc/sys/kernel/random/boot_id");
    /** The tenth after the command's name, which may hold blanks and parentheses; see proc(5). */
    private static final int MAJOR_FAULTS = 9;

    private final TreeMap<Name, Long> values = new TreeMap<>();

    /**
     * What was counted, and of whom.
     *
     * @param owner  the process, or what several processes share; empty for a process's own as long as it has no name
     * @param shared whether several processes see the same
     */
    private record Name(String source, String name, String owner, boolean shared)
            implements Comparable<Name>, Serializable {
        private static final long serialVersionUID = 1;
        private static final Comparator<Name> ORDER =
                Comparator.comparing(Name::source).thenComparing(Name::name).thenComparing(Name::owner);

        @Override
        public int compareTo(Name other) {
            return ORDER.compare(this, other);
        }
    }

    /** As they are now, without those that are 0. */
    static Counters ofThisProcess() {
        Counters now = new Counters();
        now.readProcess();
        now.readNfs();
        Iterator<StorageStatistics> all =
                FileSystem.getGlobalStorageStatistics().iterator();
        while (all.hasNext()) {
            StorageStatistics statistics = all.next();
            Iterator<LongStatistic> each = statistics.getLongStatistics();
            while (each.hasNext()) {
                LongStatistic statistic = each.next();
                now.add(own(statistics.getName(), statistic.getName()), statistic.getValue());
            }
        }
        return now;
    }

    /** The same, told apart from those of other processes. */
    Counters of(String process) {
        Counters owned = new Counters();
        values.forEach((name, value) ->
                owned.add(name.shared ? name : new Name(name.source, name.name, process, false), value));
        return owned;
    }

    Counters copy() {
        Counters copy = new Counters();
        copy.values.putAll(values);
        return copy;
    }

    /** Adds those of another process. */
    void addAll(Counters other) {
        other.values.forEach(this::add);
    }

    /** Adds what another has and these don't. */
    void addMissing(Counters other) {
        other.values.forEach(values::putIfAbsent);
    }

    /** What was added since an earlier state, or since a process was first seen, if that was later. */
    List<Counter> since(Counters earlier, Counters firstSeen) {
        Map<Name, Long> more = new TreeMap<>();
        values.forEach((name, value) -> more.merge(
                new Name(name.source, name.name, "", false),
                Math.max(0, value - earlier.of(name, firstSeen)),
                Long::sum));
        List<Counter> grown = new ArrayList<>();
        more.forEach((name, value) -> {
            if (value > 0) {
                grown.add(new Counter(name.source, name.name, value));
            }
        });
        return grown;
    }

    private long of(Name name, Counters firstSeen) {
        Long value = values.get(name);
        return value == null ? firstSeen.values.getOrDefault(name, 0L) : value;
    }

    private void readProcess() {
        try {
            parseIo(Files.readString(IO, StandardCharsets.US_ASCII))
                    .forEach((name, value) -> add(own("process", name), value));
            add(own("process", "majorFaults"), majorFaults(Files.readString(STAT, StandardCharsets.ISO_8859_1)));
        } catch (IOException | NumberFormatException e) {
            // Another system than Linux, or a kernel that doesn't tell: nothing is known, and nothing is said.
        }
    }

    private void readNfs() {
        try {
            addNfs(
                    Files.readString(NODE, StandardCharsets.US_ASCII).strip(),
                    Files.readString(MOUNTS, StandardCharsets.UTF_8));
        } catch (IOException | NumberFormatException e) {
            // As above. Most containers don't show mounts that aren't theirs.
        }
    }

    /** Adds what a node's NFS client says. */
    void addNfs(String node, String mountstats) {
        NfsMounts.parse(mountstats)
                .forEach((device, columns) ->
                        columns.forEach((name, value) -> add(new Name("nfs", name, node + ' ' + device, true), value)));
    }

    static Map<String, Long> parseIo(String io) {
        Map<String, Long> values = new TreeMap<>();
        io.lines().forEach(line -> {
            int colon = line.indexOf(": ");
            if (colon > 0) {
                values.put(
                        line.substring(0, colon),
                        Long.parseLong(line.substring(colon + 2).strip()));
            }
        });
        return values;
    }

    static long majorFaults(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[MAJOR_FAULTS]);
    }

    private static Name own(String source, String name) {
        return new Name(source, name, "", false);
    }

    private void add(Name name, long value) {
        // That the others see nothing yet must be known when one sees something.
        if (value != 0 || name.shared) {
            values.merge(name, value, name.shared ? Long::max : Long::sum);
        }
    }
}

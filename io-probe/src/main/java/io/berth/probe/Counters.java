package io.berth.probe;

import io.berth.model.results.Counter;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.StorageStatistics;
import org.apache.hadoop.fs.StorageStatistics.LongStatistic;

/**
 * What others than the probe have counted in this process since it started: the kernel ({@code /proc/self/io}, and major
 * page faults, which are I/O without a call) and Hadoop's file systems. Of S3A, Hadoop registers only the statistics of the
 * first file system that a process opened.
 */
final class Counters implements Serializable {
    private static final long serialVersionUID = 1;
    private static final Path IO = Path.of("/proc/self/io");
    private static final Path STAT = Path.of("/proc/self/stat");
    /** The tenth after the command's name, which may hold blanks and parentheses; see proc(5). */
    private static final int MAJOR_FAULTS = 9;

    private final TreeMap<Name, Long> values = new TreeMap<>();

    private record Name(String source, String name) implements Comparable<Name>, Serializable {
        private static final long serialVersionUID = 1;

        @Override
        public int compareTo(Name other) {
            int bySource = source.compareTo(other.source);
            return bySource != 0 ? bySource : name.compareTo(other.name);
        }
    }

    /** As they are now, without those that are 0. */
    static Counters ofThisProcess() {
        Counters now = new Counters();
        now.readProcess();
        Iterator<StorageStatistics> all =
                FileSystem.getGlobalStorageStatistics().iterator();
        while (all.hasNext()) {
            StorageStatistics statistics = all.next();
            Iterator<LongStatistic> each = statistics.getLongStatistics();
            while (each.hasNext()) {
                LongStatistic statistic = each.next();
                now.add(statistics.getName(), statistic.getName(), statistic.getValue());
            }
        }
        return now;
    }

    /** Adds those of another process. */
    void addAll(Counters other) {
        other.values.forEach((name, value) -> add(name.source, name.name, value));
    }

    /** What was added since an earlier state. */
    List<Counter> since(Counters earlier) {
        List<Counter> grown = new ArrayList<>();
        values.forEach((name, value) -> {
            long more = value - earlier.values.getOrDefault(name, 0L);
            if (more > 0) {
                grown.add(new Counter(name.source, name.name, more));
            }
        });
        return grown;
    }

    private void readProcess() {
        try {
            parseIo(Files.readString(IO, StandardCharsets.US_ASCII))
                    .forEach((name, value) -> add("process", name, value));
            add("process", "majorFaults", majorFaults(Files.readString(STAT, StandardCharsets.ISO_8859_1)));
        } catch (IOException | NumberFormatException e) {
            // Another system than Linux, or a kernel that doesn't tell: nothing is known, and nothing is said.
        }
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

    private void add(String source, String name, long value) {
        if (value != 0) {
            values.merge(new Name(source, name), value, Long::sum);
        }
    }
}

package io.berth.reports.stages;

import io.berth.model.results.Counter;
import io.berth.reports.stages.CellIo.Fact;
import io.berth.reports.stages.CellIo.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What other sources than the probe have counted in the measured iterations of a cell. */
final class Counted {
    /** Sources that aren't Hadoop's, see {@link Counter}; those of its file systems are called after their schemes. */
    private static final Set<String> NOT_HADOOPS =
            Set.of("committer", "datanodes", "nfs", "process", "state", "streaming");

    private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]*");
    private static final String S3A = "S3AStorageStatistics";
    private static final String STATE = "state";
    private static final String ROCKSDB = "rocksdb";
    private static final Pattern ROCKSDB_TIME = Pattern.compile("(.*Latency)(Ms)?");
    /** The rest of RocksDB's metrics are levels, which must not be added up over batches. */
    private static final Pattern ROCKSDB_COUNT = Pattern.compile(".*(Count|Copied|Reused)");

    private static final Pattern HUMP = Pattern.compile("(?<=[a-z])(?=[A-Z])");

    private final Map<String, Map<String, Long>> sums = new TreeMap<>();
    private int iterations;

    void add(List<Counter> counters) {
        counters.forEach(it ->
                sums.computeIfAbsent(it.source(), source -> new TreeMap<>()).merge(it.name(), it.value(), Long::sum));
    }

    /** So many iterations of a fork are, or would be, in the sums. */
    void iterations(int more) {
        iterations += more;
    }

    boolean knows(String source) {
        return sums.containsKey(source);
    }

    boolean knowsS3a() {
        return knows(S3A);
    }

    boolean knowsHadoop() {
        return sums.keySet().stream().anyMatch(Counted::isScheme);
    }

    /** In an iteration; 0 where nobody counts it. */
    double mean(String source, String name) {
        return perIteration(sum(source, name));
    }

    double meanOfS3a(String name) {
        return mean(S3A, name);
    }

    /** Over all of Hadoop's schemes. */
    double meanOfHadoop(String name) {
        return perIteration(sums.keySet().stream()
                .filter(Counted::isScheme)
                .mapToDouble(source -> sum(source, name))
                .sum());
    }

    private static boolean isScheme(String source) {
        return SCHEME.matcher(source).matches() && !NOT_HADOOPS.contains(source);
    }

    private double sum(String source, String name) {
        return (double) sums.getOrDefault(source, Map.of()).getOrDefault(name, 0L);
    }

    private double perIteration(double sum) {
        return sum / Math.max(1, iterations);
    }

    /** What the probe has no equal of. */
    List<Fact> facts() {
        List<Fact> all = new ArrayList<>();
        fact(
                all,
                "fetched by S3A and thrown away",
                meanOfS3a("stream_read_bytes_discarded_in_close")
                        + meanOfS3a("stream_read_bytes_discarded_in_abort")
                        + meanOfS3a("stream_read_vectored_read_bytes_discarded"),
                Unit.BYTES);
        fact(all, "S3A's requests", meanOfS3a("store_io_request"), Unit.COUNT);
        // Those of S3A count as ignored errors, too; those after throttled requests are among them.
        fact(all, "S3A's retries", meanOfS3a("store_io_retry"), Unit.COUNT);
        fact(all, "S3A's throttled requests", meanOfS3a("store_io_throttled"), Unit.COUNT);
        fact(all, "NFS requests of the nodes", mean("nfs", "requests"), Unit.COUNT);
        fact(all, "NFS requests queued in the client", 1e6 * mean("nfs", "queueMillis"), Unit.NANOS);
        fact(all, "NFS requests under way: network and server", 1e6 * mean("nfs", "rttMillis"), Unit.NANOS);
        fact(all, "NFS requests sent again", mean("nfs", "transmissions") - mean("nfs", "requests"), Unit.COUNT);
        fact(all, "DataNodes sending blocks", 1e6 * mean("datanodes", "readMillis"), Unit.NANOS);
        fact(all, "of which waiting for the network", mean("datanodes", "sendBlockedNanos"), Unit.NANOS);
        fact(all, "DataNodes writing to their disks", 1e6 * mean("datanodes", "writeMillis"), Unit.NANOS);
        double acks = mean("datanodes", "packetAcks");
        if (acks > 0) {
            // Hundreds of packets are under way at a time: a sum would say nothing.
            fact(
                    all,
                    "a packet's way to the next DataNode and back",
                    mean("datanodes", "packetAckNanos") / acks,
                    Unit.NANOS);
        }
        fact(all, "read from block devices, by the kernel", mean("process", "read_bytes"), Unit.BYTES);
        fact(all, "written to block devices, by the kernel", mean("process", "write_bytes"), Unit.BYTES);
        fact(all, "major page faults, which are reads without a call", mean("process", "majorFaults"), Unit.COUNT);
        sums.getOrDefault(STATE, Map.of()).keySet().stream()
                .filter(name -> name.startsWith(ROCKSDB))
                .forEach(name -> rocksDb(all, name));
        return all;
    }

    private void rocksDb(List<Fact> all, String metric) {
        double value = mean(STATE, metric);
        var time = ROCKSDB_TIME.matcher(metric);
        if (time.matches()) {
            fact(all, rocksDbName(time.group(1)), 1e6 * value, Unit.NANOS);
        } else if (metric.contains("Bytes")) {
            fact(all, rocksDbName(metric), value, Unit.BYTES);
        } else if (ROCKSDB_COUNT.matcher(metric).matches()) {
            fact(all, rocksDbName(metric), value, Unit.COUNT);
        }
    }

    /** {@code rocksdbCommitFlushLatency} is "RocksDB's commit flush latency". */
    private static String rocksDbName(String metric) {
        return "RocksDB's "
                + HUMP.matcher(metric.substring(ROCKSDB.length()))
                        .replaceAll(" ")
                        .toLowerCase(Locale.ROOT);
    }

    private static void fact(List<Fact> all, String name, double mean, Unit unit) {
        if (mean > 0) {
            all.add(new Fact(name, mean, unit));
        }
    }
}

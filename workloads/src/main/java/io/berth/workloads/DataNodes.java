package io.berth.workloads;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.results.Counter;
import io.berth.model.text.Formats;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.protocol.DatanodeInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the DataNodes of an HDFS say of the time that they spend on blocks, by the metrics on their web addresses: the
 * server's part of what tasks waited for. Theirs are the calls of all clients, not only of this application's.
 */
final class DataNodes {
    private static final Logger LOG = LoggerFactory.getLogger(DataNodes.class);
    private static final int PATIENCE_MILLIS = 2_000;
    private static final String QUERY = "/jmx?qry=Hadoop:service=DataNode,name=DataNodeActivity-*";
    /** Sums, as {@code DataNodeMetrics} calls them, with the names that they get here. */
    private static final Map<String, String> TOTALS = Map.of(
            "BytesRead", "bytesRead",
            "BytesWritten", "bytesWritten",
            "TotalReadTime", "readMillis",
            "TotalWriteTime", "writeMillis");

    /** Of these there is a number of operations and the mean of the latest, which together make an estimate of a sum. */
    private static final List<Rate> RATES = List.of(
            new Rate("SendDataPacketBlockedOnNetworkNanos", "sentPackets", "sendBlockedNanos"),
            new Rate("PacketAckRoundTripTimeNanos", "packetAcks", "packetAckNanos"));

    private record Rate(String metric, String operations, String nanos) {}

    private final List<URL> addresses;
    /** By address and metric. */
    private final Map<String, Long> operations = new HashMap<>();

    private final Map<String, Long> nanos = new HashMap<>();
    private Map<String, Long> before = Map.of();

    /** Those that tell their metrics at these addresses. */
    DataNodes(List<URL> addresses) {
        this.addresses = addresses;
    }

    /** The DataNodes of a file system that live now; none if it is no HDFS, or nobody can say. */
    static DataNodes of(FileSystem files) {
        List<URL> addresses = new ArrayList<>();
        if (files instanceof DistributedFileSystem hdfs) {
            try {
                for (DatanodeInfo node : hdfs.getDataNodeStats()) {
                    if (node.getInfoPort() > 0) {
                        addresses.add(URI.create("http://" + node.getInfoAddr() + QUERY)
                                .toURL());
                    }
                }
            } catch (IOException e) {
                // An administrator's right on some clusters; a benchmark's user may lack it.
                LOG.info("The DataNodes of {} can't be listed: {}", files.getUri(), e.getMessage());
            }
        }
        return new DataNodes(addresses);
    }

    /** What was added since the last call of this; nothing unless every DataNode answered both times. */
    List<Counter> take() {
        Map<String, Long> now = read();
        List<Counter> counters = new ArrayList<>();
        now.forEach((name, value) -> {
            if (before.containsKey(name)) {
                counters.add(new Counter("datanodes", name, value - before.getOrDefault(name, 0L)));
            }
        });
        before = now;
        return counters;
    }

    private Map<String, Long> read() {
        Map<String, Long> sums = new TreeMap<>();
        for (URL address : addresses) {
            try {
                URLConnection connection = address.openConnection();
                connection.setConnectTimeout(PATIENCE_MILLIS);
                connection.setReadTimeout(PATIENCE_MILLIS);
                JsonNode beans;
                try (InputStream in = connection.getInputStream()) {
                    beans = Formats.json().readTree(in).path("beans");
                }
                for (JsonNode bean : beans) {
                    TOTALS.forEach(
                            (metric, name) -> sums.merge(name, bean.path(metric).asLong(), Long::sum));
                    RATES.forEach(rate -> read(address + " " + bean.path("name").asText(), bean, rate, sums));
                }
            } catch (IOException e) {
                LOG.info("The DataNode at {} doesn't tell its metrics: {}", address.getAuthority(), e.toString());
                return Map.of();
            }
        }
        return sums;
    }

    private void read(String node, JsonNode bean, Rate rate, Map<String, Long> sums) {
        long now = bean.path(rate.metric + "NumOps").asLong();
        long mean = Math.round(bean.path(rate.metric + "AvgTime").asDouble());
        Long earlier = operations.put(node + ' ' + rate.metric, now);
        if (earlier != null && now > earlier) {
            nanos.merge(rate.nanos, (now - earlier) * mean, Long::sum);
        }
        sums.merge(rate.operations, now, Long::sum);
        sums.put(rate.nanos, nanos.getOrDefault(rate.nanos, 0L));
    }
}

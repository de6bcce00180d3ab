package io.berth.reports.stages;

import io.berth.reports.text.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether the client, the network or the server is slow, as far as somebody tells. The parts come from different counters,
 * most of which are sums over parallel requests of all processes of a node or of all clients of a server: together they may
 * be more or less than the time of the calls.
 *
 * @param callNanos             in storage calls of successful tasks, without their scratch files, in an iteration
 * @param clientNanos           CPU time in these calls, and requests that queued in the node's NFS client
 * @param networkNanos          absent if nobody tells
 * @param serverNanos           absent if nobody tells
 * @param networkAndServerNanos where somebody tells of both together
 * @param throttled             requests that the server asked to send later; absent if the client doesn't tell them from
 *                              others that it sent again
 * @param retried               requests that the client sent again, for whatever reason; absent if it doesn't tell
 */
public record WaitSplit(
        double callNanos,
        double clientNanos,
        Optional<Double> networkNanos,
        Optional<Double> serverNanos,
        Optional<Double> networkAndServerNanos,
        Optional<Double> throttled,
        Optional<Double> retried) {
    private static final String NOT_TOLD = "not told";
    /** From this share of the calls' time on a part is called the slow one. */
    private static final double MOST = 0.5;

    static WaitSplit of(double callNanos, double cpuNanos, Counted counted) {
        boolean nfs = counted.mean("nfs", "requests") > 0;
        // What they sent and wrote for others is in it, so without own calls it says nothing.
        boolean hdfs = counted.knows("datanodes") && counted.knows("hdfs");
        boolean s3a = counted.knowsS3a();
        double blocked = counted.mean("datanodes", "sendBlockedNanos");
        double throttled = counted.meanOfS3a("store_io_throttled");
        double retried = counted.meanOfS3a("store_io_retry");
        // Of a server's answers S3A counts 429 as throttling; after a 503 the SDK sends again without a word about why.
        boolean tellsThrottled = throttled > 0 || retried == 0;
        return new WaitSplit(
                callNanos,
                cpuNanos + 1e6 * counted.mean("nfs", "queueMillis"),
                hdfs ? Optional.of(blocked) : Optional.empty(),
                hdfs
                        ? Optional.of(Math.max(0, 1e6 * counted.mean("datanodes", "readMillis") - blocked)
                                + 1e6 * counted.mean("datanodes", "writeMillis"))
                        : Optional.empty(),
                nfs ? Optional.of(1e6 * counted.mean("nfs", "rttMillis")) : Optional.empty(),
                s3a && tellsThrottled ? Optional.of(throttled) : Optional.empty(),
                s3a ? Optional.of(retried) : Optional.empty());
    }

    /** For people: what each part took, and which is the slow one. */
    public String sentence() {
        List<String> parts = new ArrayList<>();
        parts.add("client " + Quantity.nanos(clientNanos));
        if (networkAndServerNanos.isPresent()) {
            parts.add("network and server together " + Quantity.nanos(networkAndServerNanos.get()));
        } else if (networkNanos.isEmpty() && serverNanos.isEmpty()) {
            parts.add("network and server " + NOT_TOLD);
        } else {
            parts.add("network "
                    + networkNanos.map(it -> "at least " + Quantity.nanos(it)).orElse(NOT_TOLD));
            parts.add("server " + serverNanos.map(Quantity::nanos).orElse(NOT_TOLD));
        }
        throttled.ifPresent(it -> parts.add(
                it > 0 ? "told to slow down " + CellIo.Unit.COUNT.text(it) + " times" : "never told to slow down"));
        retried.filter(it -> it > 0)
                .ifPresent(it -> parts.add(CellIo.Unit.COUNT.text(it) + " requests sent again"
                        + (throttled.isPresent() ? "" : " (after a 503 or an error: the client does not tell)")));
        return "Slow client, network or server? Of %s in its tasks' calls: %s. %s"
                .formatted(Quantity.nanos(callNanos), String.join(", ", parts), verdict());
    }

    private String verdict() {
        if (throttled.filter(it -> it > 0).isPresent()) {
            return "The server is at its limit.";
        }
        if (isMost(clientNanos)) {
            return "Mostly the client.";
        }
        if (serverNanos.filter(this::isMost).isPresent()) {
            return "Mostly the server.";
        }
        if (networkNanos.filter(this::isMost).isPresent()) {
            return "Mostly the network.";
        }
        if (networkAndServerNanos.isPresent()) {
            return networkAndServerNanos.filter(this::isMost).isPresent()
                    ? "Mostly network or server."
                    : "None of them took half of it.";
        }
        return serverNanos.isPresent() ? "None of them took half of it." : "Nobody tells whom the rest waited for.";
    }

    private boolean isMost(double nanos) {
        return callNanos > 0 && nanos >= MOST * callNanos;
    }
}

package io.berth.reports.stages;

import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.IterationIo;
import io.berth.model.results.Measurements;
import io.berth.model.results.OutsideCalls;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.TaskIo;
import io.berth.model.results.TaskMeasurement;
import io.berth.reports.cells.CellReport;
import io.berth.reports.cells.JudgedTrial;
import io.berth.reports.text.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The storage calls of a cell, by whom they were made for, and what may be doubted about them. All sums are means of a
 * measured iteration.
 *
 * @param calls      by caller and category
 * @param probeNanos the estimate of what the probe itself took; absent if the trials say nothing of it
 * @param taskNanos  wall time of all tasks that the probe saw
 * @param sources    what other sources say, where the probe has a number that should equal theirs
 * @param facts      what other sources say of things that the probe doesn't see
 */
public record CellIo(
        List<Calls> calls,
        Optional<Double> probeNanos,
        double taskNanos,
        List<SecondSource> sources,
        List<Fact> facts) {
    public CellIo {
        calls = List.copyOf(calls);
        sources = List.copyOf(sources);
        facts = List.copyOf(facts);
    }

    /** For whom storage was called. */
    public enum Caller {
        TASKS("tasks"),
        /** Wasted. */
        FAILED("failed tasks"),
        /** Wasted; also the slower of two speculative attempts. */
        KILLED("killed tasks"),
        DRIVER("driver"),
        /** Overlaps with what tasks waited for. */
        UNATTRIBUTED("helper threads");

        private final String label;

        Caller(String label) {
            this.label = label;
        }

        /** For people. */
        public String label() {
            return label;
        }

        static Caller of(TaskMeasurement.Outcome outcome) {
            return switch (outcome) {
                case SUCCESS -> TASKS;
                case FAILED -> FAILED;
                case KILLED -> KILLED;
            };
        }

        static Caller of(OutsideCalls.Caller caller) {
            return switch (caller) {
                case DRIVER -> DRIVER;
                case UNATTRIBUTED -> UNATTRIBUTED;
            };
        }
    }

    /** The calls of one category made for one caller. */
    public record Calls(Caller caller, IoCategory category, double calls, double nanos, double bytes) {}

    /** A number of another source that the probe has no equal of, such as retries. */
    public record Fact(String name, double value, Unit unit) {}

    /** What a number counts. */
    public enum Unit {
        BYTES,
        NANOS,
        COUNT;

        /** A number of this unit for people. */
        public String text(double value) {
            return switch (this) {
                case BYTES -> Quantity.bytes(value);
                case NANOS -> Quantity.nanos(value);
                case COUNT -> value == Math.rint(value) ? Long.toString((long) value) : Quantity.digits(value);
            };
        }
    }

    /**
     * The same thing counted twice.
     *
     * @param name   of the other source and its counter
     * @param what   the probe's number is
     * @param theirs the other source's number
     * @param ours   the probe's number
     */
    public record SecondSource(String name, String what, Unit unit, double theirs, double ours) {
        /** From this difference on it is shown as one. */
        private static final double APART = 0.05;

        /** The probe's number less the other, relative to the other. */
        public double difference() {
            return theirs == 0 ? 0 : ours / theirs - 1;
        }

        public boolean isApart() {
            return Math.abs(difference()) > APART;
        }
    }

    /** Absent if the probe was off. */
    public static Optional<CellIo> of(CellReport cell) {
        List<Measurements> forks = cell.counted().stream()
                .map(JudgedTrial::measurements)
                .flatMap(Optional::stream)
                .toList();
        Sums sums = new Sums();
        forks.forEach(sums::add);
        return sums.taskNanos == 0 && sums.io.isEmpty() ? Optional.empty() : Optional.of(sums.means());
    }

    /** The share of the tasks' time that the probe took, by its own estimate. */
    public Optional<Double> probeShare() {
        return taskNanos == 0 ? Optional.empty() : probeNanos.map(nanos -> nanos / taskNanos);
    }

    /** The time in calls made for these callers. */
    public double nanos(Set<Caller> callers) {
        return calls.stream()
                .filter(it -> callers.contains(it.caller()))
                .mapToDouble(Calls::nanos)
                .sum();
    }

    /** The time of calls of tasks that failed or were killed. */
    public double wastedNanos() {
        return nanos(Set.of(Caller.FAILED, Caller.KILLED));
    }

    /** The other sources that differ from the probe by more than a twentieth. */
    public List<SecondSource> apart() {
        return sources.stream().filter(SecondSource::isApart).toList();
    }

    /** Sums over the measured iterations of all forks. */
    private static final class Sums {
        private final Map<Caller, Map<IoCategory, IoCost>> calls = new TreeMap<>();
        private final Map<String, Long> counters = new TreeMap<>();
        private final List<IterationIo> io = new ArrayList<>();
        private int iterations;
        private long taskNanos;
        private double probeNanos;

        void add(Measurements fork) {
            Set<Integer> measured =
                    fork.measured().stream().map(it -> it.index()).collect(Collectors.toSet());
            iterations += measured.size();
            Map<Integer, Long> callsOfTasks = new TreeMap<>();
            for (StageMeasurement stage : fork.stages()) {
                if (measured.contains(stage.iteration())) {
                    for (TaskMeasurement task : stage.tasks()) {
                        task.io().ifPresent(seen -> {
                            add(Caller.of(task.outcome()), seen);
                            callsOfTasks.merge(stage.iteration(), count(seen), Long::sum);
                        });
                    }
                }
            }
            for (IterationIo of : fork.io()) {
                if (measured.contains(of.iteration())) {
                    io.add(of);
                    of.outside().forEach(it -> add(Caller.of(it.caller()), it.operation(), it.cost()));
                    of.counters().forEach(it -> counters.merge(it.source() + " " + it.name(), it.value(), Long::sum));
                    long outside = of.outside().stream()
                            .mapToLong(it -> it.cost().calls())
                            .sum();
                    probeNanos += of.cost().nanos(callsOfTasks.getOrDefault(of.iteration(), 0L) + outside);
                }
            }
        }

        private void add(Caller caller, TaskIo seen) {
            taskNanos += seen.wallNanos();
            seen.costs().forEach((category, cost) -> add(caller, category, cost));
        }

        private void add(Caller caller, IoCategory category, IoCost cost) {
            calls.computeIfAbsent(caller, it -> new TreeMap<>()).merge(category, cost, IoCost::plus);
        }

        private static long count(TaskIo seen) {
            return seen.costs().values().stream().mapToLong(IoCost::calls).sum();
        }

        CellIo means() {
            List<Calls> means = new ArrayList<>();
            calls.forEach((caller, byCategory) -> byCategory.forEach((category, cost) -> means.add(
                    new Calls(caller, category, mean((double) cost.calls()), mean((double) cost.nanos()), mean((double)
                            cost.bytes())))));
            return new CellIo(
                    means,
                    io.isEmpty() ? Optional.empty() : Optional.of(mean(probeNanos)),
                    mean((double) taskNanos),
                    sources(),
                    facts());
        }

        private double mean(double sum) {
            return sum / Math.max(1, iterations);
        }

        private List<SecondSource> sources() {
            List<SecondSource> all = new ArrayList<>();
            double read = bytes(IoCategory.READ);
            double written = bytes(IoCategory.WRITE);
            double state = bytes(IoCategory.CHECKPOINT);
            compare(all, "Hadoop's bytesRead", hadoop("bytesRead"), "bytes of read", read, Unit.BYTES);
            compare(
                    all,
                    "Hadoop's bytesWritten",
                    hadoop("bytesWritten"),
                    "bytes of write and checkpoint",
                    written + state,
                    Unit.BYTES);
            compare(all, "S3A's stream_read_bytes", s3a("stream_read_bytes"), "bytes of read", read, Unit.BYTES);
            compare(
                    all,
                    "S3A committers' committer_bytes_committed",
                    counter("committer committer_bytes_committed"),
                    "bytes of write",
                    written,
                    Unit.BYTES);
            compare(
                    all,
                    "the kernel's rchar",
                    counter("process rchar"),
                    "bytes of read, shuffle-read-local and spill-read",
                    read + bytes(IoCategory.SHUFFLE_READ_LOCAL) + bytes(IoCategory.SPILL_READ),
                    Unit.BYTES);
            compare(
                    all,
                    "the kernel's wchar",
                    counter("process wchar"),
                    "bytes of write, shuffle-write, spill-write and checkpoint",
                    written + bytes(IoCategory.SHUFFLE_WRITE) + bytes(IoCategory.SPILL_WRITE) + state,
                    Unit.BYTES);
            compare(
                    all,
                    "Spark's walCommit and commitOffsets",
                    1e6 * (counter("streaming walCommitMillis") + counter("streaming commitOffsetsMillis")),
                    "time of the driver's checkpoint",
                    nanos(Caller.DRIVER, IoCategory.CHECKPOINT),
                    Unit.NANOS);
            compare(
                    all,
                    "Spark's state commits",
                    1e6 * counter("state commitTimeMillis"),
                    "time of the tasks' checkpoint",
                    nanos(Caller.TASKS, IoCategory.CHECKPOINT),
                    Unit.NANOS);
            return all;
        }

        private void compare(List<SecondSource> all, String name, double theirs, String what, double ours, Unit unit) {
            if (theirs > 0) {
                all.add(new SecondSource(name, what, unit, mean(theirs), mean(ours)));
            }
        }

        private List<Fact> facts() {
            List<Fact> all = new ArrayList<>();
            fact(
                    all,
                    "fetched by S3A and thrown away",
                    s3a("stream_read_bytes_discarded_in_close")
                            + s3a("stream_read_bytes_discarded_in_abort")
                            + s3a("stream_read_vectored_read_bytes_discarded"),
                    Unit.BYTES);
            fact(all, "S3A's retries", s3a("store_io_retry") + s3a("ignored_errors"), Unit.COUNT);
            fact(all, "S3A's throttled requests", s3a("store_io_throttled"), Unit.COUNT);
            fact(all, "S3A's requests", s3a("store_io_request"), Unit.COUNT);
            fact(all, "NFS requests of the nodes", counter("nfs requests"), Unit.COUNT);
            fact(all, "NFS requests queued in the client", 1e6 * counter("nfs queueMillis"), Unit.NANOS);
            fact(all, "NFS requests under way: network and server", 1e6 * counter("nfs rttMillis"), Unit.NANOS);
            fact(all, "NFS requests sent again", counter("nfs transmissions") - counter("nfs requests"), Unit.COUNT);
            fact(all, "DataNodes sending blocks", 1e6 * counter("datanodes readMillis"), Unit.NANOS);
            fact(all, "DataNodes writing to their disks", 1e6 * counter("datanodes writeMillis"), Unit.NANOS);
            fact(all, "read from block devices, by the kernel", counter("process read_bytes"), Unit.BYTES);
            fact(all, "written to block devices, by the kernel", counter("process write_bytes"), Unit.BYTES);
            fact(all, "major page faults, which are reads without a call", counter("process majorFaults"), Unit.COUNT);
            return all;
        }

        private void fact(List<Fact> all, String name, double value, Unit unit) {
            if (value > 0) {
                all.add(new Fact(name, mean(value), unit));
            }
        }

        private double counter(String name) {
            return (double) counters.getOrDefault(name, 0L);
        }

        private double s3a(String name) {
            return counter("S3AStorageStatistics " + name);
        }

        /** Over the schemes, whose statistics are called after them. */
        private double hadoop(String name) {
            return counters.entrySet().stream()
                    .filter(it -> it.getKey().matches("[a-z0-9]+ " + name))
                    .mapToDouble(it -> (double) it.getValue())
                    .sum();
        }

        private double bytes(IoCategory category) {
            return calls.values().stream()
                    .map(it -> it.getOrDefault(category, IoCost.NONE))
                    .mapToDouble(it -> (double) it.bytes())
                    .sum();
        }

        private double nanos(Caller caller, IoCategory category) {
            return (double) calls.getOrDefault(caller, Map.of())
                    .getOrDefault(category, IoCost.NONE)
                    .nanos();
        }
    }
}

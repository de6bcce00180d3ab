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
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The storage calls of a cell, by whom they were made for, and what may be doubted about them. All sums are means of a
 * measured iteration.
 *
 * @param calls      by caller and category
 * @param probeNanos the estimate of what the probe itself took; absent if the trials say nothing of it
 * @param taskNanos  wall time of all tasks that the probe saw
 * @param driver     the driver's calls by step, the longest first
 * @param sources    what other sources say, where the probe has a number that should equal theirs
 * @param facts      what other sources say of things that the probe doesn't see
 * @param waits      what the client, the network and the server took, as far as somebody tells
 */
public record CellIo(
        List<Calls> calls,
        Optional<Double> probeNanos,
        double taskNanos,
        List<DriverStep> driver,
        List<SecondSource> sources,
        List<Fact> facts,
        WaitSplit waits) {
    public CellIo {
        calls = List.copyOf(calls);
        driver = List.copyOf(driver);
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

    /**
     * The driver's calls for one step.
     *
     * @param step absent for those between steps, and for those of which nobody knows
     */
    public record DriverStep(Optional<String> step, double calls, double nanos) {}

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

        /** The probe's number less the other, relative to the other; absent if the other saw nothing. */
        public Optional<Double> difference() {
            return theirs > 0 ? Optional.of(ours / theirs - 1) : Optional.empty();
        }

        public boolean isApart() {
            return difference().map(it -> Math.abs(it) > APART).orElse(ours > 0);
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

    /**
     * What one thread moved in a second of waiting for it, on average: reading includes opening and waiting for vectored
     * ranges, writing includes closing and committing. Absent if nothing was moved.
     */
    public Optional<Double> bytesPerSecond(Caller caller, IoCategory category) {
        return Speed.of(category, it -> of(caller, it, Calls::nanos), it -> of(caller, it, Calls::bytes));
    }

    private double of(Caller caller, IoCategory category, ToDoubleFunction<Calls> what) {
        return calls.stream()
                .filter(it -> it.caller() == caller && it.category() == category)
                .mapToDouble(what)
                .sum();
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
        /** Calls to scratch files, which aren't on the storage that clients and servers count for. */
        private static final Set<IoCategory> SCRATCH = EnumSet.of(
                IoCategory.SHUFFLE_WRITE,
                IoCategory.SHUFFLE_READ_LOCAL,
                IoCategory.SHUFFLE_FETCH_WAIT,
                IoCategory.SPILL_WRITE,
                IoCategory.SPILL_READ);

        private final Map<Caller, Map<IoCategory, IoCost>> calls = new TreeMap<>();
        private final Map<String, IoCost> driver = new TreeMap<>();
        private final Counted counted = new Counted();
        private final List<IterationIo> io = new ArrayList<>();
        private int iterations;
        private long taskNanos;
        private double probeNanos;
        private double callNanos;
        private double cpuInCallsNanos;

        void add(Measurements fork) {
            Set<Integer> measured =
                    fork.measured().stream().map(it -> it.index()).collect(Collectors.toSet());
            iterations += measured.size();
            counted.iterations(measured.size());
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
                    of.outside().forEach(this::add);
                    counted.add(of.counters());
                    long outside = of.outside().stream()
                            .mapToLong(it -> it.cost().calls())
                            .sum();
                    probeNanos += of.cost().nanos(callsOfTasks.getOrDefault(of.iteration(), 0L) + outside);
                }
            }
        }

        private void add(OutsideCalls outside) {
            add(Caller.of(outside.caller()), outside.operation(), outside.cost());
            if (outside.caller() == OutsideCalls.Caller.DRIVER) {
                driver.merge(outside.step().orElse(""), outside.cost(), IoCost::plus);
            }
        }

        private void add(Caller caller, TaskIo seen) {
            taskNanos += seen.wallNanos();
            seen.costs().forEach((category, cost) -> add(caller, category, cost));
            if (caller == Caller.TASKS && seen.ioNanos() > 0) {
                double storage = seen.costs().entrySet().stream()
                        .filter(it -> !SCRATCH.contains(it.getKey()))
                        .mapToDouble(it -> (double) it.getValue().nanos())
                        .sum();
                callNanos += storage;
                cpuInCallsNanos += storage * (seen.ioNanos() - seen.blockedNanos()) / seen.ioNanos();
            }
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
                    driverSteps(),
                    sources(),
                    counted.facts(),
                    WaitSplit.of(mean(callNanos), mean(cpuInCallsNanos), counted));
        }

        private List<DriverStep> driverSteps() {
            return driver.entrySet().stream()
                    .map(it -> new DriverStep(
                            Optional.of(it.getKey()).filter(step -> !step.isEmpty()),
                            mean((double) it.getValue().calls()),
                            mean((double) it.getValue().nanos())))
                    .sorted(Comparator.comparingDouble(DriverStep::nanos).reversed())
                    .toList();
        }

        private double mean(double sum) {
            return sum / Math.max(1, iterations);
        }

        private List<SecondSource> sources() {
            List<SecondSource> all = new ArrayList<>();
            double read = bytes(IoCategory.READ);
            double written = bytes(IoCategory.WRITE);
            double state = bytes(IoCategory.CHECKPOINT);
            if (counted.knowsHadoop()) {
                compare(
                        all,
                        "Hadoop's bytesRead",
                        counted.meanOfHadoop("bytesRead"),
                        "bytes of read",
                        read,
                        Unit.BYTES);
                compare(
                        all,
                        "Hadoop's bytesWritten",
                        counted.meanOfHadoop("bytesWritten"),
                        "bytes of write and checkpoint",
                        written + state,
                        Unit.BYTES);
            }
            if (counted.knowsS3a()) {
                compare(
                        all,
                        "S3A's stream_read_bytes",
                        counted.meanOfS3a("stream_read_bytes"),
                        "bytes of read",
                        read,
                        Unit.BYTES);
            }
            if (counted.knows("committer")) {
                compare(
                        all,
                        "the committer's committer_bytes_committed",
                        counted.mean("committer", "committer_bytes_committed"),
                        "bytes of write",
                        written,
                        Unit.BYTES);
            }
            if (counted.knows("process")) {
                compare(
                        all,
                        "the kernel's rchar",
                        counted.mean("process", "rchar"),
                        "bytes of read, shuffle-read-local and spill-read",
                        read + bytes(IoCategory.SHUFFLE_READ_LOCAL) + bytes(IoCategory.SPILL_READ),
                        Unit.BYTES);
                compare(
                        all,
                        "the kernel's wchar",
                        counted.mean("process", "wchar"),
                        "bytes of write, shuffle-write, spill-write and checkpoint",
                        written + bytes(IoCategory.SHUFFLE_WRITE) + bytes(IoCategory.SPILL_WRITE) + state,
                        Unit.BYTES);
            }
            if (counted.knows("streaming")) {
                compare(
                        all,
                        "Spark's walCommit and commitOffsets",
                        1e6
                                * (counted.mean("streaming", "walCommitMillis")
                                        + counted.mean("streaming", "commitOffsetsMillis")),
                        "time of the driver's checkpoint",
                        nanos(Caller.DRIVER, IoCategory.CHECKPOINT),
                        Unit.NANOS);
            }
            if (counted.knows("state")) {
                compare(
                        all,
                        "Spark's state commits",
                        1e6 * counted.mean("state", "commitTimeMillis"),
                        "time of the tasks' checkpoint",
                        nanos(Caller.TASKS, IoCategory.CHECKPOINT),
                        Unit.NANOS);
            }
            return all;
        }

        /** Two that both saw nothing agree, and there is nothing to say. */
        private static void compare(
                List<SecondSource> all, String name, double theirs, String what, double ours, Unit unit) {
            if (theirs > 0 || ours > 0) {
                all.add(new SecondSource(name, what, unit, theirs, ours));
            }
        }

        private double bytes(IoCategory category) {
            return mean(calls.values().stream()
                    .map(it -> it.getOrDefault(category, IoCost.NONE))
                    .mapToDouble(it -> (double) it.bytes())
                    .sum());
        }

        private double nanos(Caller caller, IoCategory category) {
            return mean((double) calls.getOrDefault(caller, Map.of())
                    .getOrDefault(category, IoCost.NONE)
                    .nanos());
        }
    }
}

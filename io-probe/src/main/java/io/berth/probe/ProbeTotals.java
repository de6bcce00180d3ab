package io.berth.probe;

import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.IterationIo;
import io.berth.model.results.OutsideCalls;
import io.berth.model.results.OutsideCalls.Caller;
import io.berth.model.results.ProbeCost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the probe and its second sources had counted beside single tasks at some moment; what happened between two moments
 * is the difference. Differences, because threads of pools keep the properties of whoever started them.
 */
public final class ProbeTotals {
    private final Map<Kind, IoCost> outside = new HashMap<>();
    private final double nanosPerCall;
    private final long taskNanos;
    private final Counters counters;
    private final Counters firstSeen;

    private record Kind(
            Caller caller, Optional<String> iteration, Optional<String> step, String scheme, IoCategory operation) {}

    ProbeTotals(
            List<OutsideIo> driver,
            List<OutsideIo> unattributed,
            double nanosPerCall,
            long taskNanos,
            Counters counters,
            Counters firstSeen) {
        driver.forEach(io -> add(Caller.DRIVER, io));
        unattributed.forEach(io -> add(Caller.UNATTRIBUTED, io));
        this.nanosPerCall = nanosPerCall;
        this.taskNanos = taskNanos;
        this.counters = counters;
        this.firstSeen = firstSeen;
    }

    private void add(Caller caller, OutsideIo io) {
        outside.merge(new Kind(caller, io.iteration(), io.step(), io.scheme(), io.category()), io.cost(), IoCost::plus);
    }

    /**
     * What happened since an earlier moment.
     *
     * @param iteration its index; a call keeps its step only if it belongs to that iteration by its thread's properties
     */
    public IterationIo since(ProbeTotals earlier, int iteration) {
        Map<Kind, IoCost> grown = new HashMap<>();
        outside.forEach((kind, cost) -> {
            IoCost more = minus(cost, earlier.outside.getOrDefault(kind, IoCost.NONE));
            if (more.calls() > 0) {
                boolean own =
                        kind.iteration.filter(String.valueOf(iteration)::equals).isPresent();
                grown.merge(
                        new Kind(
                                kind.caller,
                                Optional.empty(),
                                own ? kind.step : Optional.empty(),
                                kind.scheme,
                                kind.operation),
                        more,
                        IoCost::plus);
            }
        });
        List<OutsideCalls> calls = new ArrayList<>();
        grown.forEach(
                (kind, cost) -> calls.add(new OutsideCalls(kind.caller, kind.step, kind.scheme, kind.operation, cost)));
        calls.sort(java.util.Comparator.comparing(OutsideCalls::caller)
                .thenComparing(it -> it.step().orElse(""))
                .thenComparing(OutsideCalls::scheme)
                .thenComparing(OutsideCalls::operation));
        return new IterationIo(
                iteration,
                calls,
                new ProbeCost(nanosPerCall, taskNanos - earlier.taskNanos),
                counters.since(earlier.counters, firstSeen));
    }

    private static IoCost minus(IoCost cost, IoCost earlier) {
        return new IoCost(
                cost.calls() - earlier.calls(), cost.nanos() - earlier.nanos(), cost.bytes() - earlier.bytes());
    }
}

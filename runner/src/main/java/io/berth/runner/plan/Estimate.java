package io.berth.runner.plan;

import io.berth.model.plan.Plan;
import io.berth.model.plan.Trial;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;

/** How long trials will take: what the definitions say, replaced by what this run has seen of the same kind. */
public final class Estimate {
    private final Plan plan;
    private final Map<Kind, LongSummaryStatistics> seenNanos = new HashMap<>();

    /** What trials have in common that take about the same time. */
    private record Kind(Trial.Kind kind, String workload) {
        static Kind of(Trial trial) {
            return new Kind(trial.kind(), trial.workload());
        }
    }

    public Estimate(Plan plan) {
        this.plan = plan;
    }

    /**
     * Learns from a trial that ended.
     *
     * @param elapsed of its application; of one that never started there is nothing to learn
     */
    public void learn(Trial trial, Duration elapsed) {
        if (elapsed.isZero()) {
            return;
        }
        seenNanos
                .computeIfAbsent(Kind.of(trial), kind -> new LongSummaryStatistics())
                .accept(elapsed.toNanos());
    }

    /** The time that these trials will probably take. */
    public Duration of(List<Trial> trials) {
        return trials.stream().map(this::of).reduce(Duration.ZERO, Duration::plus);
    }

    private Duration of(Trial trial) {
        LongSummaryStatistics seen = seenNanos.get(Kind.of(trial));
        if (seen != null) {
            return Duration.ofNanos((long) seen.getAverage());
        }
        Duration whole = Duration.ofSeconds(plan.workload(trial.workload()).estimatedSeconds());
        return switch (trial.kind()) {
            case PREPARE -> whole.dividedBy(2);
            case MEASURE -> whole;
        };
    }
}

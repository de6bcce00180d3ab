package io.berth.reports.statistics;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * How much more time something takes with a thing than without it, from pairs. The logarithms of the pairs' ratios are
 * averaged; the upper bound is one-sided, at 95 %, by Student's t distribution.
 *
 * @param pairs     how many
 * @param mean      the geometric mean of the ratios, less 1; absent without a pair
 * @param upper95   with a probability of 95 % it is no more; absent for fewer than two pairs
 * @param deviation of the logarithms; absent for fewer than two pairs
 */
public record Overhead(int pairs, OptionalDouble mean, OptionalDouble upper95, OptionalDouble deviation) {
    private static final double CONFIDENCE = 0.95;
    private static final int MOST_PAIRS = 100_000;

    /** What the pairs say about a bound. */
    public enum Verdict {
        WITHIN,
        BEYOND,
        INCONCLUSIVE
    }

    /** From the ratios of the pairs, each the time with the thing over the time without it. */
    public static Overhead of(List<Double> ratios) {
        int n = ratios.size();
        if (n == 0) {
            return new Overhead(0, OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty());
        }
        double mean = ratios.stream().mapToDouble(Math::log).average().orElseThrow();
        OptionalDouble overhead = OptionalDouble.of(Math.expm1(mean));
        if (n == 1) {
            return new Overhead(1, overhead, OptionalDouble.empty(), OptionalDouble.empty());
        }
        double squares = ratios.stream()
                .mapToDouble(ratio -> (Math.log(ratio) - mean) * (Math.log(ratio) - mean))
                .sum();
        double deviation = Math.sqrt(squares / (n - 1));
        return new Overhead(
                n, overhead, OptionalDouble.of(Math.expm1(mean + margin(n, deviation))), OptionalDouble.of(deviation));
    }

    /** Whether the overhead is at most that fraction; beyond it only if its lower bound is, too. */
    public Verdict verdict(double bound) {
        if (upper95.isEmpty()) {
            return Verdict.INCONCLUSIVE;
        }
        if (upper95.getAsDouble() <= bound) {
            return Verdict.WITHIN;
        }
        double lower = Math.log1p(mean.orElseThrow()) - margin(pairs, deviation.orElseThrow());
        return lower > Math.log1p(bound) ? Verdict.BEYOND : Verdict.INCONCLUSIVE;
    }

    /**
     * How many more pairs like these would give a verdict: bring the upper bound down to that fraction, or the lower bound
     * above it, according to where the mean is. Absent if there are too few to say.
     */
    public OptionalInt pairsNeeded(double bound) {
        if (upper95.isEmpty()) {
            return OptionalInt.empty();
        }
        double room = Math.abs(Math.log1p(bound) - Math.log1p(mean.orElseThrow()));
        for (int n = Math.max(2, pairs); n < MOST_PAIRS; n++) {
            if (margin(n, deviation.orElseThrow()) <= room) {
                return OptionalInt.of(n - pairs);
            }
        }
        return OptionalInt.empty();
    }

    private static double margin(int n, double deviation) {
        return TDistribution.of(n - 1.0).inverseCumulativeProbability(CONFIDENCE) * deviation / Math.sqrt(n);
    }
}

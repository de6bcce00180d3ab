package io.berth.reports.statistics;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.statistics.descriptive.GeometricMean;

/**
 * How a profile's times relate to the baseline's, paired by block: what disturbed a whole block disturbs both sides of a
 * pair and cancels. Below 1 is less time than the baseline.
 *
 * @param n      the number of pairs
 * @param median of the pairs' ratios
 * @param range  from the least to the greatest of them; absent for a single pair
 */
public record Ratio(int n, double median, Optional<Interval> range) {

    /**
     * The ratio of two sets of times, each by block. Blocks that only one side has are left out.
     *
     * @return absent if there is no pair, or if a baseline time is zero
     */
    public static Optional<Ratio> paired(Map<Integer, Double> times, Map<Integer, Double> baseline) {
        List<Double> ratios = new TreeMap<>(times)
                .entrySet().stream()
                        .filter(entry -> baseline.containsKey(entry.getKey()))
                        .map(entry -> entry.getValue() / Objects.requireNonNull(baseline.get(entry.getKey())))
                        .toList();
        if (!ratios.stream().allMatch(ratio -> Double.isFinite(ratio) && ratio > 0)) {
            return Optional.empty();
        }
        return Estimate.of(ratios).map(it -> new Ratio(it.n(), it.median(), it.range()));
    }

    /**
     * The mean of ratios over different workloads or steps. The geometric one, because it is the only mean of ratios whose
     * ranking doesn't depend on the choice of the baseline.
     *
     * @see <a href="https://doi.org/10.1145/5666.5673">Fleming and Wallace, How not to lie with statistics, CACM 29(3),
     *     1986</a>
     */
    public static Optional<Double> geometricMean(Collection<Double> ratios) {
        return ratios.isEmpty()
                ? Optional.empty()
                : Optional.of(GeometricMean.of(
                                ratios.stream().mapToDouble(Double::doubleValue).toArray())
                        .getAsDouble());
    }

    /** Whether all pairs agree on which side took less time. */
    public boolean oneSided() {
        return range.isPresent() && !range.get().contains(1);
    }
}

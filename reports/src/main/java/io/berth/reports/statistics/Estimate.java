package io.berth.reports.statistics;

import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import org.apache.commons.statistics.descriptive.Median;

/**
 * What a sample says of the value it was drawn from.
 *
 * @param n        the number of independent values: forks, never iterations of one fork
 * @param median   of them
 * @param range    from the least to the greatest; absent for a single value
 * @param interval of the median at 95 %; absent for fewer than six values
 */
public record Estimate(int n, double median, Optional<Interval> range, Optional<Interval> interval) {

    /** The estimate from a sample; absent if there is none. */
    public static Optional<Estimate> of(Collection<Double> sample) {
        return sample.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        of(sample.stream().mapToDouble(Double::doubleValue).toArray()));
    }

    /**
     * The estimate from a sample.
     *
     * @throws IllegalArgumentException if it is empty or holds something that isn't a finite number
     */
    public static Estimate of(double... sample) {
        if (sample.length == 0 || !Arrays.stream(sample).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("not a sample: " + Arrays.toString(sample));
        }
        double[] sorted = sample.clone();
        Arrays.sort(sorted);
        Optional<Interval> range =
                sorted.length < 2 ? Optional.empty() : Optional.of(new Interval(sorted[0], sorted[sorted.length - 1]));
        return new Estimate(sorted.length, median(sorted), range, MedianInterval.of(sorted));
    }

    /** The middle value, or the mean of the two middle ones. */
    public static double median(double... values) {
        return Median.withDefaults().evaluate(values);
    }

    /** The width of the range as a fraction of the median. */
    public Optional<Double> relativeRange() {
        return median > 0 ? range.map(it -> it.width() / median) : Optional.empty();
    }
}

package io.berth.reports.statistics;

import java.util.Arrays;
import java.util.Optional;
import org.apache.commons.statistics.distribution.BinomialDistribution;

/**
 * A confidence interval of a median that assumes nothing of the distribution: two order statistics of the sample.
 *
 * <p>After W. J. Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2: the number of values below the
 * median is binomial with p = 0.5, so the ranks follow from n alone.
 */
public final class MedianInterval {
    /** The wanted confidence. What is reached is never less. */
    public static final double CONFIDENCE = 0.95;

    /** The smallest sample that has such an interval: from its least to its greatest value, at 1 − 2·0.5⁶ = 0.969. */
    public static final int LEAST_SAMPLE = 6;

    private MedianInterval() {}

    /** The narrowest symmetric pair of order statistics with at least that confidence; absent for fewer than six values. */
    public static Optional<Interval> of(double... values) {
        int rank = lowerRank(values.length);
        if (rank == 0) {
            return Optional.empty();
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return Optional.of(new Interval(sorted[rank - 1], sorted[sorted.length - rank]));
    }

    /**
     * The 1-based rank of the interval's lower end; its upper end has the same rank from above. 0 if the sample is too
     * small.
     */
    static int lowerRank(int n) {
        if (n < LEAST_SAMPLE) {
            return 0;
        }
        BinomialDistribution below = BinomialDistribution.of(n, 0.5);
        int rank = 0;
        while (2 * below.cumulativeProbability(rank) <= 1 - CONFIDENCE) {
            rank++;
        }
        return rank;
    }

    /** The probability that the interval from the rank-th to the (n − rank + 1)-th value covers the median. */
    static double coverage(int n, int rank) {
        return 1 - 2 * BinomialDistribution.of(n, 0.5).cumulativeProbability(rank - 1);
    }
}

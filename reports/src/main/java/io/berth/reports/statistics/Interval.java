package io.berth.reports.statistics;

/**
 * Two values between which something lies.
 *
 * @param low  the lower one
 * @param high the higher one
 */
public record Interval(double low, double high) {
    public Interval {
        if (!(low <= high)) {
            throw new IllegalArgumentException("not an interval: " + low + " to " + high);
        }
    }

    public double width() {
        return high - low;
    }

    public boolean contains(double value) {
        return low <= value && value <= high;
    }
}

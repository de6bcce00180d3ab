package io.berth.probe.bridge;

/**
 * The bucket layout of an HdrHistogram with two significant digits and a lowest discernible value of 1: 256 buckets of
 * width 1, then 128 for each power of two. HdrHistogram itself would have to live in the bootstrap loader to be used by
 * instrumented classes; counting into a bare array doesn't, and converts without loss.
 */
public final class Buckets {
    private static final int HALF_BITS = 7;
    private static final int HALF = 1 << HALF_BITS;
    /** Longest time told apart: 2^42 ns, 73 minutes. Longer ones count as this. */
    private static final int LARGEST_BIT = 42;

    /** Length of an array of counts. */
    public static final int COUNT = (LARGEST_BIT - HALF_BITS + 1) * HALF;

    private Buckets() {}

    /** Which bucket a value falls into; negative values into the first, values beyond the range into the last. */
    public static int index(long value) {
        if (value < 2 * HALF) {
            return value < 0 ? 0 : (int) value;
        }
        int shift = 63 - HALF_BITS - Long.numberOfLeadingZeros(value);
        int index = shift * HALF + (int) (value >>> shift);
        return Math.min(index, COUNT - 1);
    }

    /** The smallest value of a bucket. */
    public static long lowest(int index) {
        if (index < 2 * HALF) {
            return index;
        }
        int shift = index / HALF - 1;
        return (long) (index - shift * HALF) << shift;
    }
}

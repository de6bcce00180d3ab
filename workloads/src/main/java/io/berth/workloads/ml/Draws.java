package io.berth.workloads.ml;

import java.util.Random;

/**
 * Sequences of random numbers, each known by what it is for. {@link Random}, because its numbers are specified to the last
 * bit.
 */
final class Draws {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private Draws() {}

    /** The sequence of that kind and index; neighbours have nothing in common. */
    static Random of(long seed, int kind, long index) {
        return new Random(mix(mix(seed + kind * GOLDEN_GAMMA) + index * GOLDEN_GAMMA));
    }

    static double[] gaussians(Random random, int count, double scale) {
        double[] drawn = new double[count];
        for (int i = 0; i < count; i++) {
            drawn[i] = random.nextGaussian() * scale;
        }
        return drawn;
    }

    /** SplitMix64's. */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}

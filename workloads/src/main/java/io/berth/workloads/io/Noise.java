package io.berth.workloads.io;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Bytes that no compressor shortens and that are known at every position without computing those before it: the 64-bit
 * word at index <i>i</i> is the <i>i</i>-th output of SplitMix64. Positions and lengths are multiples of 8.
 *
 * @see <a href="https://doi.org/10.1145/2660193.2660195">Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
 *     Generators", OOPSLA 2014</a>
 */
final class Noise {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long seed;

    /** The noise of one file. */
    Noise(long seed, int file) {
        this.seed = mix(seed + file * GOLDEN_GAMMA);
    }

    /** Writes the bytes from {@code position} on into the front of a buffer. */
    void fill(byte[] buffer, int length, long position) {
        long word = position / Long.BYTES;
        for (int at = 0; at < length; at += Long.BYTES) {
            WORDS.set(buffer, at, word(word++));
        }
    }

    /** How many of the words in the front of a buffer aren't those from {@code position} on. */
    long wrongWords(byte[] buffer, int length, long position) {
        long word = position / Long.BYTES;
        long wrong = 0;
        for (int at = 0; at < length; at += Long.BYTES) {
            if ((long) WORDS.get(buffer, at) != word(word++)) {
                wrong++;
            }
        }
        return wrong;
    }

    /** A sum of the words in the front of a buffer, each weighted by its position, so that exchanged words show. */
    static long sum(byte[] buffer, int length, long position) {
        long weight = position / Long.BYTES * 2 + 1;
        long sum = 0;
        for (int at = 0; at < length; at += Long.BYTES) {
            sum += (long) WORDS.get(buffer, at) * weight;
            weight += 2;
        }
        return sum;
    }

    private long word(long index) {
        return mix(seed + (index + 1) * GOLDEN_GAMMA);
    }

    /** The finalizer of SplitMix64. */
    static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}

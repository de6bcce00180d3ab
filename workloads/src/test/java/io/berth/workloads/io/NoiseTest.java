package io.berth.workloads.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

final class NoiseTest {
    private static final int LENGTH = 1 << 16;

    private static byte[] bytes(long seed, int file, long position) {
        byte[] buffer = new byte[LENGTH];
        new Noise(seed, file).fill(buffer, LENGTH, position);
        return buffer;
    }

    @Test
    void wordsAreThoseOfSplitMix64() {
        // The JDK's SplittableRandom is SplitMix64, seeded with what Noise mixes for file 0.
        SplittableRandom reference = new SplittableRandom(Noise.mix(42));
        ByteBuffer words = ByteBuffer.wrap(bytes(42, 0, 0)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 100; i++) {
            assertThat(words.getLong()).isEqualTo(reference.nextLong());
        }
    }

    @Test
    void bytesDependOnTheirPositionOnly() {
        assertThat(Arrays.copyOfRange(bytes(1, 2, 0), 4096, LENGTH))
                .isEqualTo(Arrays.copyOf(bytes(1, 2, 4096), LENGTH - 4096));
    }

    @Test
    void filesAndSeedsDiffer() {
        assertThat(bytes(1, 0, 0)).isNotEqualTo(bytes(1, 1, 0)).isNotEqualTo(bytes(2, 0, 0));
    }

    @Test
    void nothingCompressesThem() {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        deflater.setInput(bytes(1, 0, 0));
        deflater.finish();
        assertThat(deflater.deflate(new byte[2 * LENGTH])).isGreaterThan(LENGTH);
        deflater.end();
    }

    @Test
    void oneWrongByteIsOneWrongWordAndAnotherSum() {
        byte[] buffer = bytes(1, 0, 8192);
        long sum = Noise.sum(buffer, LENGTH, 8192);
        buffer[17] ^= 1;
        assertThat(new Noise(1, 0).wrongWords(buffer, LENGTH, 8192)).isEqualTo(1);
        assertThat(Noise.sum(buffer, LENGTH, 8192)).isNotEqualTo(sum);
    }

    @Test
    void exchangedWordsChangeTheSum() {
        byte[] buffer = bytes(1, 0, 0);
        long sum = Noise.sum(buffer, LENGTH, 0);
        byte[] first = Arrays.copyOf(buffer, 8);
        System.arraycopy(buffer, 8, buffer, 0, 8);
        System.arraycopy(first, 0, buffer, 8, 8);
        assertThat(Noise.sum(buffer, LENGTH, 0)).isNotEqualTo(sum);
    }
}

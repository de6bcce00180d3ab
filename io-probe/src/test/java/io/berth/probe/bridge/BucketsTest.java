package io.berth.probe.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class BucketsTest {

    @Test
    void everyBucketStartsWhereHdrHistogramsDoes() {
        Histogram histogram = new Histogram(1, 1L << 43, 2);
        Random random = new Random(7);
        for (int i = 0; i < 1_000_000; i++) {
            long value = random.nextLong() >>> (22 + random.nextInt(42));

            assertThat(Buckets.lowest(Buckets.index(value)))
                    .as("lowest value of the bucket of %d", value)
                    .isEqualTo(histogram.lowestEquivalentValue(value));
        }
    }

    @Test
    void valuesOutsideOfTheRangeCountAsTheNearestInside() {
        assertThat(Buckets.index(-1)).isZero();
        assertThat(Buckets.index(Long.MAX_VALUE)).isEqualTo(Buckets.COUNT - 1);
        assertThat(Buckets.index(Buckets.lowest(Buckets.COUNT - 1))).isEqualTo(Buckets.COUNT - 1);
    }
}

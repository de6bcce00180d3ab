package io.berth.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportPaceTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** A clock of {@link System#nanoTime} may begin anywhere, and pass from one sign to the other. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1L << 40, -(1L << 40), Long.MAX_VALUE - 1})
    void aReportThatGrowsWithEachShortBlockTakesTwoPercentOfThem(long begin) {
        ReportPace pace = new ReportPace(begin);
        long now = begin;
        long writing = 0;
        int reports = 0;
        for (int block = 1; block <= 250; block++) {
            now += SECOND;
            if (pace.due(now)) {
                long took = SECOND / 100 * block;
                pace.written(now, now + took);
                now += took;
                writing += took;
                reports++;
            }
        }

        assertThat(writing).isLessThan(250 * SECOND / 40);
        assertThat(reports).isBetween(5, 20);
    }

    @Test
    void theFirstReportIsDueAtOnce() {
        assertThat(new ReportPace(-5).due(-5)).isTrue();
    }

    @Test
    void blocksOfMinutesHaveAReportEach() {
        ReportPace pace = new ReportPace(0);
        pace.written(60 * SECOND, 61 * SECOND);

        assertThat(pace.due(62 * SECOND)).isFalse();
        assertThat(pace.due(121 * SECOND)).isTrue();
    }
}

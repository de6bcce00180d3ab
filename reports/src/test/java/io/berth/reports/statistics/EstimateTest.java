package io.berth.reports.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EstimateTest {
    /** Michelson's first 20 measurements of the speed of light (1879), km/s above 299 000; R: median(morley$Speed[1:20]). */
    private static final double[] MICHELSON = {
        850, 740, 900, 1070, 930, 850, 950, 980, 980, 880, 1000, 980, 930, 650, 760, 810, 1000, 1000, 960, 960
    };

    @Test
    void medianAndRangeOfMichelsonsFirstExperimentAreThePublishedOnes() {
        Estimate estimate = Estimate.of(MICHELSON);

        assertThat(estimate.median()).isEqualTo(940);
        assertThat(estimate.range()).contains(new Interval(650, 1070));
    }

    /** Ranks and coverage as tabulated for the sign test's interval, such as Conover's table A3 gives them. */
    @ParameterizedTest
    @CsvSource({
        "6, 1, 0.96875",
        "7, 1, 0.984375",
        "8, 1, 0.9921875",
        "9, 2, 0.9609375",
        "10, 2, 0.978515625",
        "12, 3, 0.961425781",
        "15, 4, 0.964843750",
        "20, 6, 0.958610535",
        "25, 8, 0.956714749",
        "30, 10, 0.957226055"
    })
    void ranksOfTheIntervalAreTheTabulatedOnes(int n, int rank, double coverage) {
        assertThat(MedianInterval.lowerRank(n)).isEqualTo(rank);
        assertThat(MedianInterval.coverage(n, rank)).isCloseTo(coverage, within(1e-8));
    }

    @Test
    void intervalOfTwentyValuesGoesFromTheSixthToTheFifteenth() {
        assertThat(MedianInterval.of(MICHELSON)).contains(new Interval(850, 980));
    }

    @Test
    void fiveForksHaveARangeButNoInterval() {
        Estimate estimate = Estimate.of(5, 1, 4, 2, 3);

        assertThat(estimate.median()).isEqualTo(3);
        assertThat(estimate.range()).contains(new Interval(1, 5));
        assertThat(estimate.interval()).isEmpty();
    }

    @Test
    void sixForksHaveAnInterval() {
        assertThat(Estimate.of(5, 1, 4, 2, 3, 6).interval()).contains(new Interval(1, 6));
    }

    @Test
    void oneForkHasNoSpread() {
        Estimate estimate = Estimate.of(7);

        assertThat(estimate.median()).isEqualTo(7);
        assertThat(estimate.range()).isEmpty();
        assertThat(estimate.relativeRange()).isEmpty();
    }

    @Test
    void nothingHasNoEstimate() {
        assertThat(Estimate.of(List.of())).isEmpty();
    }

    @Test
    void whatIsNotANumberIsRefused() {
        assertThatThrownBy(() -> Estimate.of(1, Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Estimate.of(1, Double.POSITIVE_INFINITY)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void sampleIsLeftAsItWas() {
        double[] sample = {3, 1, 2};

        Estimate.of(sample);

        assertThat(sample).containsExactly(3, 1, 2);
    }

    @Test
    void ratioIsPairedByBlockAndLeavesOutBlocksOfOneSide() {
        Ratio ratio = Ratio.paired(Map.of(1, 2.0, 2, 12.0, 3, 9.0), Map.of(1, 1.0, 2, 4.0, 4, 100.0))
                .orElseThrow();

        assertThat(ratio).isEqualTo(new Ratio(2, 2.5, Optional.of(new Interval(2, 3))));
    }

    @Test
    void pairingCancelsABlockThatWasSlowForBoth() {
        Ratio ratio = Ratio.paired(Map.of(1, 5.0, 2, 50.0, 3, 5.5), Map.of(1, 10.0, 2, 100.0, 3, 11.0))
                .orElseThrow();

        assertThat(ratio.range()).contains(new Interval(0.5, 0.5));
    }

    @Test
    void noPairHasNoRatio() {
        assertThat(Ratio.paired(Map.of(1, 2.0), Map.of(2, 1.0))).isEmpty();
    }

    @Test
    void baselineOfNoTimeHasNoRatio() {
        assertThat(Ratio.paired(Map.of(1, 2.0), Map.of(1, 0.0))).isEmpty();
    }

    /** Fleming and Wallace 1986: the five benchmarks on processors R and M, whose mean they give as 0.86. */
    @Test
    void geometricMeanIsFlemingsAndWallaces() {
        List<Double> ratios = List.of(244 / 417.0, 70 / 83.0, 153 / 66.0, 33527 / 39449.0, 368 / 772.0);

        assertThat(Ratio.geometricMean(ratios).orElseThrow()).isCloseTo(0.86, within(0.005));
        assertThat(Ratio.geometricMean(List.of())).isEmpty();
    }

    @Test
    void geometricMeanOfReciprocalsIsTheReciprocal() {
        double mean = Ratio.geometricMean(List.of(0.5, 3.0, 1.7)).orElseThrow();

        assertThat(Ratio.geometricMean(List.of(1 / 0.5, 1 / 3.0, 1 / 1.7)).orElseThrow())
                .isCloseTo(1 / mean, within(1e-12));
    }
}

package io.berth.reports.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.berth.reports.statistics.Overhead.Verdict;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OverheadTest {
    private static Overhead of(double... percents) {
        return Overhead.of(
                java.util.Arrays.stream(percents).mapToObj(it -> 1 + it / 100).toList());
    }

    @Test
    void boundIsStudentsT() {
        // Logarithms 0.01, 0.02, 0.03: mean 0.02, deviation 0.01; t(0.95, 2) = 2.919986 (any table).
        Overhead overhead = Overhead.of(List.of(Math.exp(0.01), Math.exp(0.02), Math.exp(0.03)));

        assertThat(overhead.mean().orElseThrow()).isCloseTo(Math.expm1(0.02), within(1e-12));
        assertThat(overhead.deviation().orElseThrow()).isCloseTo(0.01, within(1e-12));
        assertThat(overhead.upper95().orElseThrow())
                .isCloseTo(Math.expm1(0.02 + 2.919986 * 0.01 / Math.sqrt(3)), within(1e-8));
    }

    @Test
    void verdictNeedsBothSidesOfTheInterval() {
        assertThat(of(0.5, 0.6, 0.4, 0.5).verdict(0.02)).isEqualTo(Verdict.WITHIN);
        assertThat(of(5, 5.1, 4.9, 5).verdict(0.02)).isEqualTo(Verdict.BEYOND);
        assertThat(of(-10, 12, 1, 3).verdict(0.02)).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(of(0.1).verdict(0.02)).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(of().verdict(0.02)).isEqualTo(Verdict.INCONCLUSIVE);
    }

    @Test
    void pairsThatAreNeededBringTheBoundDown() {
        List<Double> few =
                Stream.of(-3, 5, 1, 3, -2, 4, 0, 2).map(it -> 1 + it / 100.0).toList();
        Overhead overhead = Overhead.of(few);
        int needed = overhead.pairsNeeded(0.02).orElseThrow();

        // The same pairs over and over have nearly the same deviation.
        List<Double> more = Stream.iterate(0, i -> i + 1)
                .limit(8L + needed + needed / 5)
                .map(i -> few.get(i % 8))
                .toList();

        assertThat(overhead.verdict(0.02)).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(needed).isPositive();
        assertThat(Overhead.of(more).verdict(0.02)).isEqualTo(Verdict.WITHIN);
    }

    @Test
    void aMeanBeyondTheBoundNeedsPairsToBeSaidToBe() {
        Overhead overhead = of(-10, 12, 8, 3, 9, 4, -2, 6);
        int needed = overhead.pairsNeeded(0.02).orElseThrow();
        List<Double> more = Stream.iterate(0, i -> i + 1)
                .limit(8L + needed + needed / 5)
                .map(i -> 1 + List.of(-10, 12, 8, 3, 9, 4, -2, 6).get(i % 8) / 100.0)
                .toList();

        assertThat(overhead.verdict(0.02)).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(needed).isPositive();
        assertThat(Overhead.of(more).verdict(0.02)).isEqualTo(Verdict.BEYOND);
    }

    @Test
    void whatIsKnownNeedsNoPairsAndOnePairSaysNothing() {
        assertThat(of(0.5, 0.6, 0.4, 0.5).pairsNeeded(0.02)).hasValue(0);
        assertThat(of(1).pairsNeeded(0.02)).isEmpty();
    }
}

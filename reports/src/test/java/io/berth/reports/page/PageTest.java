package io.berth.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.reports.statistics.Ratio;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageTest {
    @ParameterizedTest
    @CsvSource({
        "0.75, 25 % less time",
        "1.29, 29 % more time",
        "2,    2.00 times as much time",
        "4.65, 4.65 times as much time",
    })
    void aRatioIsSaidInWords(double ratio, String words) {
        assertThat(Page.words(new Ratio(1, ratio, Optional.empty())).replace('\u00a0', ' '))
                .isEqualTo(words);
    }
}

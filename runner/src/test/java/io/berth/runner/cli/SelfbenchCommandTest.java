package io.berth.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.text.Formats;
import io.berth.reports.statistics.Overhead;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SelfbenchCommandTest {
    private static final String READS = """
            {"nanosPerCall": 53.7,
             "file": {"slope": 1.0002, "interceptNanos": 800, "onStage": 1},
             "hdfs": {"slope": 1.0001, "interceptNanos": 900, "onStage": 1},
             "s3a-classic": {"slope": 0.9999, "interceptNanos": 1000, "onStage": 1},
             "s3a-prefetch": {"slope": 0.9901, "interceptNanos": 2000, "onStage": 1},
             "s3a-analytics": {"slope": 1.0003, "interceptNanos": 3000, "onStage": 1}}
            """;

    private static JsonNode answer(Double... ratios) throws Exception {
        return SelfbenchCommand.answer(
                Overhead.of(List.of(ratios)), Formats.json().readTree(READS));
    }

    private static String text(Double... ratios) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SelfbenchCommand.print(answer(ratios), new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theAnswerHasItsKeys() throws Exception {
        JsonNode answer = answer(1.004, 1.006, 1.005);

        assertThat(answer.path("overheadUpper95").doubleValue()).isBetween(0.005, 0.02);
        assertThat(answer.path("pairs").intValue()).isEqualTo(3);
        assertThat(answer.path("verdict").textValue()).isEqualTo("within");
        assertThat(answer.path("nanosPerOperation").doubleValue()).isEqualTo(53.7);
        assertThat(answer.at("/slope/file").doubleValue()).isEqualTo(1.0002);
        assertThat(answer.at("/slope/hdfs").doubleValue()).isEqualTo(1.0001);
        // Of S3A's streams the one that is the farthest off.
        assertThat(answer.at("/slope/s3a").doubleValue()).isEqualTo(0.9901);
        assertThat(answer.at("/interceptNanos/s3a").doubleValue()).isEqualTo(2000);
    }

    @Test
    void aStorageThatWasNotMeasuredHasNoSlope() throws Exception {
        JsonNode answer = SelfbenchCommand.answer(
                Overhead.of(List.of(1.0)),
                Formats.json().readTree("{\"nanosPerCall\": 50, \"file\": {\"slope\": 1.0, \"interceptNanos\": 800}}"));

        assertThat(answer.path("slope").properties())
                .extracting(Map.Entry::getKey)
                .containsExactly("file");
        assertThat(answer.path("interceptNanos").has("s3a")).isFalse();
    }

    @Test
    void tooFewPairsAreInconclusiveAndSayHowManyAreMissing() throws Exception {
        assertThat(answer(0.97, 1.05, 1.0).path("verdict").textValue()).isEqualTo("inconclusive");
        assertThat(text(0.97, 1.05, 1.0)).contains("inconclusive for a bound of 2.0 %", "more pairs are needed");
        assertThat(answer(1.01).path("overheadUpper95").isNull()).isTrue();
        assertThat(text(1.01)).contains("not known from 1 pairs", "53.7 ns", "s3a-prefetch");
    }
}

package io.berth.runner.submit;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Trial;
import io.berth.model.plan.TrialSpec;
import io.berth.model.records.RecordLine;
import io.berth.model.records.RecordReader.Records;
import io.berth.model.results.Answer;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.TrialOutcome;
import io.berth.model.suite.Durability;
import io.berth.model.text.FormatVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttemptReaderTest {
    @TempDir
    private Path temp;

    private Submission submission() {
        TrialSpec spec = new TrialSpec(
                FormatVersion.CURRENT,
                "block1-w-p",
                Trial.Kind.MEASURE,
                "w",
                "W",
                Map.of(),
                Map.of(),
                "file:///out",
                Optional.empty(),
                Durability.CLOSED,
                0,
                1,
                30,
                List.of(),
                Map.of(),
                OptionalDouble.of(0.995));
        return new Submission(1, spec, "local[1]", Map.of(), List.of(), temp, "image berth:1");
    }

    @Test
    void everyReasonToDistrustATrialIsToldOnce() {
        Records records = new Records(
                List.of(
                        new RecordLine.Started(FormatVersion.CURRENT, "block1-w-p", "an application"),
                        new RecordLine.IterationDone(
                                new IterationMeasurement(0, false, 1, OptionalLong.empty(), List.of())),
                        new RecordLine.Answered(new Answer("s", 1, "c", Optional.empty())),
                        new RecordLine.Distrusted("iteration 1 answered otherwise"),
                        new RecordLine.Distrusted("the I/O probe saw 3 of 4 tasks"),
                        new RecordLine.Distrusted("iteration 1 answered otherwise")),
                Optional.empty());

        TrialOutcome outcome = AttemptReader.read(
                        submission(),
                        new ApplicationEnd(ApplicationEnd.Way.EXITED, 0, Duration.ofSeconds(1)),
                        records,
                        List.of())
                .outcome();

        assertThat(outcome).isInstanceOfSatisfying(TrialOutcome.Unverified.class, it -> assertThat(it.reason())
                .isEqualTo("iteration 1 answered otherwise; the I/O probe saw 3 of 4 tasks"));
    }

    @ParameterizedTest
    @CsvSource({"1.0, 1, an older", "1.1, 0, an older", "1.99, 0, a newer", "2.0, 2, a newer"})
    void anApplicationOfAnotherBerthIsNamedWhateverItsExitCode(String format, int exitCode, String age) {
        Records records =
                new Records(List.of(), Optional.of("of another version"), Optional.of(FormatVersion.parse(format)));

        TrialOutcome outcome = AttemptReader.read(
                        submission(),
                        new ApplicationEnd(ApplicationEnd.Way.EXITED, exitCode, Duration.ofSeconds(1)),
                        records,
                        List.of("java.lang.IllegalStateException: whatever"))
                .outcome();

        assertThat(outcome)
                .isEqualTo(new TrialOutcome.Failed(
                        TrialOutcome.Cause.APPLICATION,
                        "image berth:1 is of %s berth: it speaks format %s, and this runner %s alone; make it with the berth that runs it"
                                .formatted(age, format, FormatVersion.CURRENT)));
    }

    @Test
    void onlyTheEndOfALogIsRead() throws IOException {
        Path log = Files.writeString(temp.resolve("a.log"), "a line\n".repeat(100_000) + "the last\n");

        List<String> tail = AttemptReader.tail(log);

        assertThat(tail)
                .hasSizeLessThan(10_000)
                .endsWith("a line", "the last")
                .allMatch(it -> it.matches("a line|the last"));
        assertThat(AttemptReader.tail(Files.writeString(temp.resolve("b.log"), "one\ntwo")))
                .containsExactly("one", "two");
        assertThat(AttemptReader.tail(temp.resolve("missing.log"))).isEmpty();
    }
}

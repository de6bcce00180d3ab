package io.berth.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Trial;
import io.berth.model.results.Attempt;
import io.berth.model.results.Measurements;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.TrialOutcome.Cause;
import io.berth.model.results.TrialResult;
import io.berth.model.text.FormatVersion;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BarProgressTest {
    private static final Trial TRIAL =
            new Trial("block1-sql-local-disk", Trial.Kind.MEASURE, 1, 0, "sql", "local-disk");

    private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
    private final BarProgress progress = new BarProgress(new PrintStream(terminal, true, StandardCharsets.UTF_8));

    @Test
    void theBarSaysWhatRunsAndHowLongTheRestTakes() throws InterruptedException {
        progress.begin(2, Duration.ofMinutes(10));
        await("0/2", "about 10 min left");
        progress.started(TRIAL, Duration.ofSeconds(90));
        await("block1-sql-local-disk, about 90 s left");
        progress.phase("runs");
        await("block1-sql-local-disk, about 90 s left, runs");
        progress.ended(completed(), Duration.ofSeconds(45));
        await("1/2");
        progress.close();

        assertThat(shown()).doesNotContain("FAILED").endsWith("\n");
    }

    @Test
    void aFailureIsALineOfItsOwnAboveTheBar() throws InterruptedException {
        progress.begin(2, Duration.ofMinutes(10));
        await("0/2");
        progress.ended(failed("the filer\nis \033[31mgone\033[0m"), Duration.ofSeconds(45));
        await("1/2");
        progress.close();

        assertThat(shown())
                .containsPattern("\r\033\\[K\\[1/2] block1-sql-local-disk +12\\.0 s  FAILED: "
                        + "infrastructure: the filer is  \\[31mgone \\[0m\n(?s:.*)1/2");
    }

    @Test
    void aBarThatIsClosedIsDrawnNoMore() throws InterruptedException {
        progress.begin(2, Duration.ofMinutes(10));
        await("0/2");
        progress.close();
        String last = shown();
        progress.started(TRIAL, Duration.ofSeconds(90));
        // Two of its update intervals.
        Thread.sleep(1_000);

        assertThat(shown()).isEqualTo(last);
    }

    @Test
    void aLineHasNoEscapeSequencesOfWhatFailed() {
        LineProgress lines = new LineProgress(new PrintStream(terminal, true, StandardCharsets.UTF_8));
        lines.begin(2, Duration.ofMinutes(10));
        lines.ended(failed("the filer\nis \033[31mgone"), Duration.ofSeconds(45));
        lines.note("note\033[31m");

        assertThat(shown())
                .contains(
                        "[1/2] block1-sql-local-disk",
                        "FAILED: infrastructure: the filer is  [31mgone  (about 45 s left)\n")
                .doesNotContain("\033");
    }

    private static TrialResult completed() {
        return result(new TrialOutcome.Completed(new Measurements(List.of(), List.of(), List.of(), List.of())));
    }

    private static TrialResult failed(String reason) {
        return result(new TrialOutcome.Failed(Cause.INFRASTRUCTURE, reason));
    }

    private static TrialResult result(TrialOutcome outcome) {
        return new TrialResult(
                FormatVersion.CURRENT,
                TRIAL,
                List.of(new Attempt(
                        1,
                        Instant.parse("2026-01-02T03:04:05Z"),
                        12_000_000_000L,
                        1,
                        outcome,
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        List.of(),
                        Optional.empty())));
    }

    /** Until the bar's own thread has drawn all of this. */
    private void await(String... texts) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!List.of(texts).stream().allMatch(shown()::contains) && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(shown()).contains(texts);
    }

    private String shown() {
        return terminal.toString(StandardCharsets.UTF_8);
    }
}

package io.berth.runner.run;

import io.berth.model.plan.Trial;
import io.berth.model.results.Attempt;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.Measurements;
import io.berth.model.results.TrialResult;
import io.berth.reports.text.Terminal;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** A line for each trial that ended: for logs and for everything that isn't a terminal. */
public final class LineProgress implements Progress {
    private final PrintStream out;
    private int trials;
    private int ended;

    public LineProgress(PrintStream out) {
        this.out = out;
    }

    @Override
    public void begin(int count, Duration estimate) {
        trials = count;
        out.printf(Locale.ROOT, "%d trials, about %s%n", count, Durations.rough(estimate));
    }

    @Override
    public void started(Trial trial, Duration estimatedRest) {}

    @Override
    public void ended(TrialResult result, Duration estimatedRest) {
        ended++;
        out.println(line(ended, trials, result) + "  (about " + Durations.rough(estimatedRest) + " left)");
    }

    @Override
    public void note(String line) {
        out.println(Terminal.printable(line));
    }

    @Override
    public void close() {}

    static String line(int number, int of, TrialResult result) {
        Attempt attempt = result.attempts().get(result.attempts().size() - 1);
        String what = attempt.outcome()
                .fold(
                        it -> "completed" + times(it.measurements()),
                        it -> "UNVERIFIED: " + it.reason(),
                        it -> "FAILED: " + attempt.outcome().explanation(),
                        it -> "TIMED OUT: " + attempt.outcome().explanation());
        return String.format(
                Locale.ROOT,
                "[%d/%d] %-40s %5.1f s  %s",
                number,
                of,
                result.trial().id(),
                attempt.elapsedNanos() / 1e9,
                Terminal.printable(what));
    }

    private static String times(Measurements measurements) {
        return measurements.measured().isEmpty()
                ? ""
                : measurements.measured().stream()
                        .map(IterationMeasurement::elapsedNanos)
                        .map(nanos -> String.format(Locale.ROOT, "%.2f s", nanos / 1e9))
                        .collect(Collectors.joining(", ", ": ", ""));
    }
}

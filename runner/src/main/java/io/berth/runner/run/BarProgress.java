package io.berth.runner.run;

import io.berth.model.plan.Trial;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.TrialResult;
import io.berth.reports.text.Terminal;
import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar with the estimated rest; failures get lines of their own above it. */
public final class BarProgress implements Progress {
    private final PrintStream out;
    private @Nullable ProgressBar bar;
    private int trials;
    private int ended;
    private String trial = "";
    private String rest = "";

    public BarProgress(PrintStream out) {
        this.out = out;
    }

    @Override
    public void begin(int count, Duration estimate) {
        trials = count;
        bar = new ProgressBarBuilder()
                .setInitialMax(count)
                .setTaskName("berth")
                .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                .setUpdateIntervalMillis(500)
                // Else only a step would draw it again: not what runs now, and not the bar below a note.
                .continuousUpdate()
                .hideEta()
                .setConsumer(new ConsoleProgressBarConsumer(out))
                .build();
        bar.setExtraMessage("about " + Durations.rough(estimate) + " left");
    }

    @Override
    public void started(Trial started, Duration estimatedRest) {
        trial = started.id();
        rest = "about %s left".formatted(Durations.rough(estimatedRest));
        if (bar != null) {
            bar.setExtraMessage(trial + ", " + rest);
        }
    }

    @Override
    public void phase(String phase) {
        if (bar != null) {
            // Last, because what a narrow terminal cuts off is least missed there.
            bar.setExtraMessage("%s, %s, %s".formatted(trial, rest, phase));
        }
    }

    @Override
    public void ended(TrialResult result, Duration estimatedRest) {
        ended++;
        if (bar != null) {
            bar.step();
        }
        if (!(result.attempts().get(result.attempts().size() - 1).outcome() instanceof TrialOutcome.Completed)) {
            note(LineProgress.line(ended, trials, result));
        }
    }

    @Override
    public void note(String line) {
        // Clears the bar's line; the bar is drawn again below within its update interval.
        out.print("\r\033[K" + Terminal.printable(line) + System.lineSeparator());
        out.flush();
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}

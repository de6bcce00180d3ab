package io.berth.runner.cli;

import io.berth.model.results.ResultsDirectory;
import io.berth.model.suite.StorageProfile;
import io.berth.reports.Report;
import io.berth.runner.run.BarProgress;
import io.berth.runner.run.LineProgress;
import io.berth.runner.run.Progress;
import io.berth.runner.run.Run;
import io.berth.runner.submit.LocalSubmitter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import org.jline.utils.Signals;

/** What run and resume share: the lock, the interrupt key, progress and the closing lines. */
final class Running {
    private Running() {}

    /** Runs what is missing and shows the report. */
    static int execute(Berth berth, ResultsDirectory directory) throws IOException {
        int exitCode = run(berth, directory);
        berth.out().println(Report.of(directory.results()).text());
        berth.err().println("Report: " + directory.path().resolve("report.html"));
        return exitCode;
    }

    /** Runs what is missing. */
    static int run(Berth berth, ResultsDirectory directory) throws IOException {
        StorageProfile fallback = berth.catalog().profiles().read("local-disk", Path.of(""));
        try (ResultsDirectory.Lock lock = directory.lock()) {
            Objects.requireNonNull(lock);
            Run.End end;
            try (Progress progress = Boolean.getBoolean("berth.terminal")
                    ? new BarProgress(berth.err())
                    : new LineProgress(berth.err())) {
                LocalSubmitter submitter = new LocalSubmitter(berth.catalog().application());
                Run run = new Run(directory, submitter, fallback, progress, InstantSource.system());
                stopOnInterrupt(run, progress);
                end = run.execute();
            }
            return switch (end) {
                case COMPLETE -> ExitCode.DONE;
                case WITH_FAILURES -> ExitCode.INCOMPLETE;
                case INTERRUPTED -> ExitCode.INTERRUPTED;
            };
        }
    }

    /** The first Ctrl-C ends the run in order, with a report of what there is; the second ends the process at once. */
    private static void stopOnInterrupt(Run run, Progress progress) {
        Signals.register("INT", () -> {
            Signals.register("INT", () -> Runtime.getRuntime().halt(ExitCode.INTERRUPTED));
            progress.note("Stopping; press Ctrl-C again to stop at once.");
            run.interrupt();
        });
    }
}

package io.berth.runner.cli;

import io.berth.model.results.ResultsDirectory;
import io.berth.runner.plan.Catalog;
import io.berth.runner.plan.PlanOptions;
import io.berth.runner.plan.Planner;
import io.berth.runner.run.LineProgress;
import io.berth.runner.run.Progress;
import io.berth.runner.run.Run;
import io.berth.runner.submit.ApplicationEnd;
import io.berth.runner.submit.Submission;
import io.berth.runner.submit.Submitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A runner whose first trial can't be stopped, as if what stops it hung. It makes a file {@code started} when it runs. */
final class StubbornRunner implements Submitter {
    private static final Duration FOREVER = Duration.ofHours(1);

    private final Path started;

    private StubbornRunner(Path started) {
        this.started = started;
    }

    /**
     * Runs the quickstart of an installation.
     *
     * @param args home, results directory
     */
    public static void main(String[] args) throws IOException {
        Catalog catalog = new Catalog(Path.of(args[0]));
        PlanOptions options = new PlanOptions(
                List.of(), List.of(), OptionalInt.empty(), OptionalLong.empty(), Optional.empty(), List.of());
        ResultsDirectory directory = ResultsDirectory.create(
                Path.of(args[1]), new Planner(catalog, new Random(1)).plan(catalog.quickstart(), options));
        Progress progress = new LineProgress(System.err);
        Run run = new Run(
                directory,
                new StubbornRunner(directory.path().resolve("started")),
                catalog.profiles().read("local-disk", Path.of("")),
                Optional.empty(),
                progress,
                InstantSource.system());
        Running.stopOnInterrupt(run::interrupt, progress);
        run.execute();
    }

    @Override
    public ApplicationEnd run(Submission submission, BooleanSupplier goOn) throws IOException {
        Files.createFile(started);
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < FOREVER.toNanos()) {
            LockSupport.parkNanos(FOREVER.toNanos());
        }
        return new ApplicationEnd(ApplicationEnd.Way.INTERRUPTED, 0, FOREVER);
    }

    @Override
    public void interrupt() {}
}

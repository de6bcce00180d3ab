package io.berth.runner.run;

import io.berth.model.plan.Trial;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.SealPoint;
import io.berth.model.results.TrialResult;
import io.berth.runner.plan.Catalog;
import io.berth.runner.plan.PlanOptions;
import io.berth.runner.plan.Planner;
import io.berth.runner.submit.ApplicationEnd;
import io.berth.runner.submit.LocalSubmitter;
import io.berth.runner.submit.Submission;
import io.berth.runner.submit.Submitter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** A runner that stops dead at a named point of the third trial, as if it were killed there. */
final class HaltingRunner {
    private static final int TRIAL = 3;

    private final String point;
    private int trials;

    private HaltingRunner(String point) {
        this.point = point;
    }

    /** The points, in the order in which a trial passes them. */
    static final List<String> POINTS = List.of(
            "before-trial", "before-application", "in-application", "after-application", "in-seal", "after-seal");

    /**
     * Runs the quickstart of an installation.
     *
     * @param args home, results directory, point
     */
    public static void main(String[] args) throws IOException {
        new HaltingRunner(args[2]).run(Path.of(args[0]), Path.of(args[1]));
    }

    private void run(Path home, Path out) throws IOException {
        Catalog catalog = new Catalog(home);
        PlanOptions options = new PlanOptions(
                List.of(),
                List.of(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                List.of("berth", "run"));
        ResultsDirectory directory = SealPoint.beforeRename(
                ResultsDirectory.create(out, new Planner(catalog, new Random(1)).plan(catalog.quickstart(), options)),
                () -> pass("in-seal"));
        try (ResultsDirectory.Lock lock = directory.lock()) {
            new Run(
                            directory,
                            new HaltingSubmitter(new LocalSubmitter(catalog::application)),
                            catalog.profiles().read("local-disk", Path.of("")),
                            Optional.empty(),
                            new HaltingProgress(),
                            InstantSource.system())
                    .execute();
            java.util.Objects.requireNonNull(lock);
        }
    }

    private void pass(String place) {
        if (trials == TRIAL && place.equals(point)) {
            Runtime.getRuntime().halt(137);
        }
    }

    private final class HaltingSubmitter implements Submitter {
        private final Submitter real;

        HaltingSubmitter(Submitter real) {
            this.real = real;
        }

        @Override
        public ApplicationEnd run(Submission submission, BooleanSupplier goOn) throws IOException {
            pass("before-application");
            if (trials == TRIAL && point.equals("in-application")) {
                Thread killer = new Thread(() -> {
                    while (!java.nio.file.Files.exists(submission.records())) {
                        Thread.onSpinWait();
                    }
                    pass("in-application");
                });
                killer.setDaemon(true);
                killer.start();
            }
            ApplicationEnd end = real.run(submission, goOn);
            pass("after-application");
            return end;
        }

        @Override
        public void interrupt() {
            real.interrupt();
        }
    }

    private final class HaltingProgress implements Progress {
        @Override
        public void begin(int count, Duration estimate) {}

        @Override
        public void started(Trial trial, Duration estimatedRest) {
            trials++;
            pass("before-trial");
        }

        @Override
        public void ended(TrialResult result, Duration estimatedRest) {
            pass("after-seal");
        }

        @Override
        public void note(String line) {}

        @Override
        public void close() {}
    }
}

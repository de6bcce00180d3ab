package io.berth.runner.cli;

import io.berth.model.plan.Plan;
import io.berth.model.plan.Trial;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.TrialOutcome;
import io.berth.model.suite.StorageProfile;
import io.berth.model.text.BadInput;
import io.berth.model.text.FormatVersion;
import io.berth.reports.Report;
import io.berth.runner.doctor.Doctor;
import io.berth.runner.run.BarProgress;
import io.berth.runner.run.LineProgress;
import io.berth.runner.run.Progress;
import io.berth.runner.run.Run;
import io.berth.runner.submit.LocalSubmitter;
import io.berth.runner.submit.Submitter;
import io.berth.runner.submit.kubernetes.KubernetesSubmitter;
import io.berth.runner.submit.kubernetes.Leftovers;
import io.berth.storage.Cluster;
import io.berth.storage.StorageUnavailable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jline.utils.Signals;

/** What run, resume, lifecycle and gc share: the lock, the interrupt key, progress and the closing lines. */
final class Running {
    private Running() {}

    /** Makes the results directory of a new run. */
    static ResultsDirectory create(Path path, Plan plan) {
        try {
            return ResultsDirectory.create(path, plan);
        } catch (IOException e) {
            throw Berth.Unwritable.results(path, e);
        }
    }

    /** Takes a directory for this process. */
    static ResultsDirectory.Lock lock(ResultsDirectory directory) {
        try {
            return directory.lock();
        } catch (IOException e) {
            throw Berth.Unwritable.results(directory.path(), e);
        }
    }

    /** Runs what is missing and shows the report. */
    static int execute(Berth berth, ResultsDirectory directory) throws IOException {
        int exitCode = run(berth, directory);
        berth.out().println(Report.of(directory.results()).text());
        berth.err().println("Report: " + directory.path().resolve("report.html"));
        return exitCode;
    }

    /** Runs what is missing. */
    static int run(Berth berth, ResultsDirectory directory) throws IOException {
        requireUnderstood(directory);
        Optional<Cluster> cluster = cluster(directory.plan());
        StorageProfile fallback = fallback(berth, cluster);
        try (ResultsDirectory.Lock lock = lock(directory)) {
            Objects.requireNonNull(lock);
            Run.End end;
            try (Progress progress = Boolean.getBoolean("berth.terminal")
                    ? new BarProgress(berth.err())
                    : new LineProgress(berth.err())) {
                end = execute(berth, directory, fallback, cluster, progress);
            }
            return switch (end) {
                case COMPLETE -> ExitCode.DONE;
                case WITH_FAILURES -> ExitCode.INCOMPLETE;
                case INTERRUPTED -> ExitCode.INTERRUPTED;
            };
        }
    }

    /** What a later version has added to a plan may say what to run. */
    private static void requireUnderstood(ResultsDirectory directory) {
        FormatVersion format = directory.plan().format();
        if (format.isAfter(FormatVersion.CURRENT)) {
            throw new BadInput(
                    "%s: its plan has format version %s, and this berth can go on with plans of up to %s; resume it with the berth that made it%s"
                            .formatted(
                                    directory.path(),
                                    format,
                                    FormatVersion.CURRENT,
                                    directory
                                            .plan()
                                            .berth()
                                            .map(it -> ", " + it)
                                            .orElse("")));
        }
    }

    /** Removes what the run of a directory has left; its lock tells that nobody goes on with it. */
    static int collectGarbage(Berth berth, ResultsDirectory directory, boolean dryRun) throws IOException {
        Optional<Cluster> cluster = cluster(directory.plan());
        try (ResultsDirectory.Lock lock = lock(directory)) {
            Objects.requireNonNull(lock);
            Optional<Leftovers> leftovers = cluster.map(Leftovers::new);
            leftovers.ifPresent(it -> it.names().forEach(berth.out()::println));
            if (dryRun) {
                return ExitCode.DONE;
            }
            // Pods that still write would leave something behind what sweeps after them.
            leftovers.ifPresent(Leftovers::remove);
            Run run = new Run(
                    directory,
                    new LocalSubmitter(berth.catalog()::application),
                    fallback(berth, cluster),
                    cluster,
                    new LineProgress(berth.err()),
                    InstantSource.system());
            List<String> unswept = run.sweep();
            unswept.forEach(reason -> berth.err().println("berth: " + reason));
            return unswept.isEmpty() ? ExitCode.DONE : ExitCode.SET_UP;
        } finally {
            cluster.ifPresent(Cluster::close);
        }
    }

    /** Removes what carries the label of a look from the cluster of a plan, and what is left of it on its storages. */
    static int collectGarbage(Berth berth, Plan plan, String run, boolean dryRun) throws IOException {
        try (Cluster cluster = Cluster.of(plan.master(), plan.kubernetes().orElseThrow(), run)) {
            Leftovers leftovers = new Leftovers(cluster);
            leftovers.names().forEach(berth.out()::println);
            List<String> running = leftovers.running();
            if (!dryRun && !running.isEmpty()) {
                throw new StorageUnavailable(
                        "--run %s: that is no doctor but a run, whose pods %s still go; give berth gc its results directory instead, which tells whether anybody goes on with it"
                                .formatted(run, String.join(", ", running)));
            }
            if (dryRun) {
                return ExitCode.DONE;
            }
            leftovers.remove();
            Path logs = Files.createTempDirectory("berth-gc");
            try {
                List<String> unswept = Doctor.sweep(plan, cluster, logs);
                unswept.forEach(reason -> berth.err().println("berth: " + reason));
                return unswept.isEmpty() ? ExitCode.DONE : ExitCode.SET_UP;
            } finally {
                DoctorCommand.discard(logs);
            }
        }
    }

    private static Optional<Cluster> cluster(Plan plan) {
        return plan.kubernetes().map(kubernetes -> Cluster.of(plan.master(), kubernetes, plan.run()));
    }

    private static StorageProfile fallback(Berth berth, Optional<Cluster> cluster) {
        return berth.catalog().profiles().read(cluster.isPresent() ? "pod-disk" : "local-disk", Path.of(""));
    }

    private static Run.End execute(
            Berth berth,
            ResultsDirectory directory,
            StorageProfile fallback,
            Optional<Cluster> cluster,
            Progress progress)
            throws IOException {
        if (cluster.isEmpty()) {
            return execute(directory, new LocalSubmitter(berth.catalog()::application), fallback, cluster, progress);
        }
        try (Cluster connected = cluster.get();
                KubernetesSubmitter submitter = new KubernetesSubmitter(connected, progress::note, progress::phase)) {
            directory.results().trials().stream()
                    .filter(it -> it.trial().kind() == Trial.Kind.MEASURE)
                    .filter(it -> it.decisive().outcome() instanceof TrialOutcome.Completed)
                    .sorted(Comparator.comparing(it -> it.trial().position()))
                    .forEach(it ->
                            submitter.hold(it.trial().workload(), it.decisive().pods()));
            Run.End end;
            try {
                end = execute(directory, submitter, fallback, cluster, progress);
            } catch (StorageUnavailable e) {
                remove(new Leftovers(connected)::remove, directory).ifPresent(e::addSuppressed);
                throw e;
            }
            remove(new Leftovers(connected)::remove, directory)
                    .ifPresent(it -> progress.note("berth: " + it.getMessage()));
            return end;
        }
    }

    /**
     * Removes what is left in the cluster, as where the API server or a node was away when it should have gone.
     *
     * @return what stays, and how it can be removed later
     */
    static Optional<StorageUnavailable> remove(Runnable remove, ResultsDirectory directory) {
        try {
            remove.run();
            return Optional.empty();
        } catch (StorageUnavailable e) {
            return Optional.of(new StorageUnavailable(
                    "%s; when it can be again: berth gc %s".formatted(e.getMessage(), directory.path()), e));
        }
    }

    private static Run.End execute(
            ResultsDirectory directory,
            Submitter submitter,
            StorageProfile fallback,
            Optional<Cluster> cluster,
            Progress progress)
            throws IOException {
        Run run = new Run(directory, submitter, fallback, cluster, progress, InstantSource.system());
        stopOnInterrupt(run::interrupt, progress::note);
        return run.execute();
    }

    /**
     * The first Ctrl-C ends a run or a look in order, and says so; the second ends the process at once. So do the
     * signals by which Kubernetes, a service manager or a terminal that closes ask a process to end, but for their second:
     * some send both, or one twice, and kill what doesn't end in time.
     */
    static void stopOnInterrupt(Runnable stop, Consumer<String> says) {
        for (String signal : List.of("INT", "TERM", "HUP")) {
            Signals.register(signal, () -> {
                Signals.register("INT", () -> Runtime.getRuntime().halt(ExitCode.INTERRUPTED));
                says.accept(
                        "Stopping; press Ctrl-C%s to stop at once.".formatted(signal.equals("INT") ? " again" : ""));
                stop.run();
            });
        }
    }
}

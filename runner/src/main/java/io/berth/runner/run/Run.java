package io.berth.runner.run;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.plan.Cell;
import io.berth.model.plan.Plan;
import io.berth.model.plan.PlannedWorkload;
import io.berth.model.plan.Trial;
import io.berth.model.plan.TrialSpec;
import io.berth.model.results.Attempt;
import io.berth.model.results.MountFact;
import io.berth.model.results.PodLife;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.TrialOutcome.Cause;
import io.berth.model.results.TrialResult;
import io.berth.model.results.Warning;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.model.text.FormatVersion;
import io.berth.reports.Report;
import io.berth.runner.plan.Estimate;
import io.berth.runner.submit.ApplicationEnd;
import io.berth.runner.submit.AttemptReader;
import io.berth.runner.submit.Submission;
import io.berth.runner.submit.Submitter;
import io.berth.storage.Binding;
import io.berth.storage.Cluster;
import io.berth.storage.PodVolume;
import io.berth.storage.RunScope;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageBackends;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Executes a plan: opens the storages, runs each trial that isn't completed yet, seals what came back and renews the report
 * after each block, or less often where blocks take no longer than it does. One trial runs at a time, because two would disturb each other.
 */
public final class Run {
    /** How much later than its children this process may hear of a signal to all of them. */
    private static final Duration HEARING = Duration.ofMillis(500);

    private final ResultsDirectory directory;
    private final Plan plan;
    private final Submitter submitter;
    private final StorageProfile fallback;
    private final Optional<Cluster> cluster;
    private final Progress progress;
    private final InstantSource clock;
    private final Map<Cell, TrialOutcome> unprepared = new HashMap<>();
    private final ReportPace reports = new ReportPace(System.nanoTime());
    private final CountDownLatch interruption = new CountDownLatch(1);

    /**
     * A run.
     *
     * @param directory where results go; its lock is the caller's
     * @param submitter starts applications
     * @param fallback  serves the roles that a profile can't
     * @param cluster   where applications run, if that is a Kubernetes
     * @param progress  is told what happens
     * @param clock     dates the attempts
     */
    public Run(
            ResultsDirectory directory,
            Submitter submitter,
            StorageProfile fallback,
            Optional<Cluster> cluster,
            Progress progress,
            InstantSource clock) {
        this.directory = directory;
        this.plan = directory.plan();
        this.submitter = submitter;
        this.fallback = fallback;
        this.cluster = cluster;
        this.progress = progress;
        this.clock = clock;
    }

    /** Why a run came to its end. */
    public enum End {
        /** Every trial of the plan is completed. */
        COMPLETE,
        /** Every trial of the plan has ended, but some have no numbers. */
        WITH_FAILURES,
        /** {@link #interrupt} was called. */
        INTERRUPTED
    }

    /** Stops the trial in flight, which isn't sealed, and ends the run. May be called from any thread. */
    public void interrupt() {
        interruption.countDown();
        submitter.interrupt();
    }

    private boolean interrupted() {
        return interruption.getCount() == 0;
    }

    /**
     * Runs what is missing or failed.
     *
     * @throws StorageUnavailable if no storage can be used; nothing was measured, and what couldn't be removed again is
     *     suppressed in it. Where others can, the trials of one that can't fail. What can't be removed then is only told
     * @throws IOException if results can't be written; what was sealed before is unharmed
     */
    public End execute() throws IOException {
        List<Trial> pending = pending();
        Estimate estimate = new Estimate(plan);
        progress.begin(pending.size(), estimate.of(pending));
        boolean opened = false;
        try (OpenStorages storages = openStorages(pending)) {
            opened = true;
            boolean reported = false;
            for (int i = 0; i < pending.size() && !interrupted(); i++) {
                Trial trial = pending.get(i);
                progress.started(trial, estimate.of(pending.subList(i, pending.size())));
                List<Attempt> earlier =
                        directory.trial(trial).map(TrialResult::attempts).orElse(List.of());
                Optional<Tried> tried = attempt(trial, earlier.size() + 1, storages);
                if (tried.isEmpty()) {
                    interruption.countDown();
                    break;
                }
                Attempt attempt = tried.get().attempt();
                TrialResult result = seal(trial, earlier, attempt);
                tried.get().used().forEach(storage -> cleanUp(trial, storage));
                estimate.learn(trial, Duration.ofNanos(attempt.elapsedNanos()));
                progress.ended(result, estimate.of(pending.subList(i + 1, pending.size())));
                boolean endOfBlock =
                        i + 1 == pending.size() || pending.get(i + 1).block() != trial.block();
                reported = endOfBlock && trial.block() > 0 && reports.due(System.nanoTime());
                if (reported) {
                    writeReport();
                }
            }
            // Before the storages are closed: one that can't be reached any more must not cost the report.
            if (!reported) {
                writeReport();
            }
        } catch (StorageUnavailable | KubernetesClientException e) {
            if (opened) {
                // What was measured stands, whatever stays on a storage that can't be closed.
                Stream.concat(Stream.of(e), Stream.of(e.getSuppressed()))
                        .forEach(it -> progress.note("berth: " + it.getMessage()));
            } else if (interrupted()) {
                // A terminal interrupts servers that are just being started, too.
                writeReport();
            } else {
                throw e;
            }
        }
        if (interrupted()) {
            return End.INTERRUPTED;
        }
        boolean complete = directory.results().trials().stream()
                .allMatch(result -> result.decisive().outcome() instanceof TrialOutcome.Completed);
        return complete ? End.COMPLETE : End.WITH_FAILURES;
    }

    /**
     * Removes what an earlier process of this run has left on the storages.
     *
     * @return what is wrong with those that can't be reached, and so were left alone
     */
    public List<String> sweep() {
        List<String> unswept = new ArrayList<>();
        for (StorageProfile profile : plan.profiles()) {
            // What was on servers of the run's own went with them. Opening the others would make again what is gone.
            if (profile.deploy().isEmpty() && backend(profile).outlivesTheRun(profile)) {
                defect(profile, () -> {
                            requireReach(profile);
                            backend(profile).sweep(profile, scope());
                        })
                        .ifPresent(it -> unswept.add(String.valueOf(it.getMessage())));
            }
        }
        if (needsFallback()) {
            defect(fallback, () -> StorageBackends.open(fallback, fallbackScope())
                            .close())
                    .ifPresent(it -> unswept.add(String.valueOf(it.getMessage())));
        }
        return unswept;
    }

    /** Why something can't be done to the storage of a profile. */
    private static Optional<StorageUnavailable> defect(StorageProfile profile, Runnable use) {
        try {
            use.run();
            return Optional.empty();
        } catch (StorageUnavailable e) {
            return Optional.of(e);
        } catch (KubernetesClientException e) {
            return Optional.of(new StorageUnavailable(
                    "profile \"%s\": Kubernetes refuses (%s)".formatted(profile.name(), e.getMessage()), e));
        }
    }

    /**
     * The measuring trials without numbers, and the preparations they need: those of an earlier run may have been removed
     * since.
     */
    private List<Trial> pending() {
        List<Trial> measuring = plan.trials().stream()
                .filter(trial -> trial.kind() == Trial.Kind.MEASURE && !completed(trial))
                .toList();
        Set<Cell> cells = new HashSet<>();
        measuring.forEach(trial -> cells.add(trial.cell()));
        return plan.trials().stream()
                .filter(trial -> switch (trial.kind()) {
                    case PREPARE -> cells.contains(trial.cell());
                    case MEASURE -> measuring.contains(trial);
                })
                .toList();
    }

    private boolean completed(Trial trial) {
        return directory
                .trial(trial)
                .filter(result -> result.decisive().outcome() instanceof TrialOutcome.Completed)
                .isPresent();
    }

    /** The storages of this run, by profile; all of them are closed, however the run ends. */
    private static final class OpenStorages implements AutoCloseable {
        private final Map<String, Storage> byProfile = new LinkedHashMap<>();
        private final Map<String, StorageUnavailable> unavailable = new LinkedHashMap<>();
        private Optional<Storage> fallback = Optional.empty();

        @Override
        public void close() {
            RuntimeException first = null;
            List<Storage> all = new ArrayList<>(byProfile.values());
            fallback.ifPresent(all::add);
            for (Storage storage : all) {
                try {
                    storage.close();
                } catch (RuntimeException e) {
                    if (first == null) {
                        first = e;
                    } else {
                        first.addSuppressed(e);
                    }
                }
            }
            if (first != null) {
                throw first;
            }
        }
    }

    private OpenStorages openStorages(List<Trial> pending) {
        OpenStorages storages = new OpenStorages();
        try {
            openStorages(pending, storages);
            return storages;
        } catch (RuntimeException e) {
            try {
                storages.close();
            } catch (RuntimeException further) {
                e.addSuppressed(further);
            }
            throw e;
        }
    }

    private void openStorages(List<Trial> pending, OpenStorages storages) {
        for (StorageProfile profile : plan.profiles()) {
            if (!interrupted()
                    && pending.stream().anyMatch(trial -> trial.profile().equals(profile.name()))) {
                defect(profile, () -> {
                            requireReach(profile);
                            storages.byProfile.put(profile.name(), StorageBackends.open(profile, scope()));
                        })
                        .ifPresent(it -> storages.unavailable.put(profile.name(), it));
            }
        }
        if (storages.byProfile.isEmpty() && !storages.unavailable.isEmpty()) {
            throw nothingToMeasure(storages.unavailable.values());
        }
        if (needsFallback()) {
            storages.fallback = Optional.of(StorageBackends.open(fallback, fallbackScope()));
        }
    }

    private boolean needsFallback() {
        return plan.profiles().stream().anyMatch(profile -> plan.workloads().stream()
                .anyMatch(workload -> !backend(profile).roles().containsAll(workload.roles())));
    }

    private RunScope fallbackScope() {
        return scope(plan.run() + "-fallback");
    }

    private void requireReach(StorageProfile profile) {
        if (cluster.isPresent() && !backend(profile).reachesPods()) {
            throw new StorageUnavailable(
                    "profile \"%s\": a storage of backend \"%s\" is on this machine, where pods can't reach it (allowed on Kubernetes: %s)"
                            .formatted(
                                    profile.name(),
                                    profile.backend(),
                                    StorageBackends.all().stream()
                                            .filter(StorageBackend::reachesPods)
                                            .map(StorageBackend::name)
                                            .collect(Collectors.joining(", "))));
        }
    }

    private static StorageUnavailable nothingToMeasure(Collection<StorageUnavailable> reasons) {
        StorageUnavailable all = new StorageUnavailable(
                reasons.stream().map(StorageUnavailable::getMessage).collect(Collectors.joining("\n")));
        reasons.stream().flatMap(it -> Stream.of(it.getSuppressed())).forEach(all::addSuppressed);
        return all;
    }

    private RunScope scope() {
        return scope(plan.run());
    }

    private RunScope scope(String label) {
        return new RunScope(
                label,
                directory.logs(),
                cluster,
                cluster.isEmpty() && !plan.master().startsWith("local"));
    }

    private static StorageBackend backend(StorageProfile profile) {
        return StorageBackends.named(profile.backend())
                .orElseThrow(() -> new StorageUnavailable("profile \"%s\": backend \"%s\" is not known to this berth"
                        .formatted(profile.name(), profile.backend())));
    }

    /**
     * What a trial came to.
     *
     * @param used the storages that it may have left something on, and that can be asked to remove it
     */
    private record Tried(Attempt attempt, List<Storage> used) {
        /** Of a trial whose application never ran. */
        static Tried failed(int number, Instant startedAt, long started, TrialOutcome.Failed outcome) {
            Attempt attempt = new Attempt(
                    number,
                    startedAt,
                    0,
                    System.nanoTime() - started,
                    outcome,
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    List.of(),
                    Optional.empty());
            return new Tried(attempt, List.of());
        }
    }

    /** Empty if the run was interrupted before the trial had numbers: one that was stopped says nothing. */
    private Optional<Tried> attempt(Trial trial, int number, OpenStorages storages) throws IOException {
        long started = System.nanoTime();
        Instant startedAt = clock.instant();
        StorageUnavailable unavailable = storages.unavailable.get(trial.profile());
        if (unavailable != null) {
            return Optional.of(Tried.failed(number, startedAt, started, infrastructure(unavailable)));
        }
        TrialOutcome preparation = unprepared.get(trial.cell());
        if (preparation != null) {
            return Optional.of(Tried.failed(number, startedAt, started, unprepared(preparation)));
        }
        return tried(trial, number, startedAt, started, storages)
                .filter(it -> it.attempt().outcome() instanceof TrialOutcome.Completed || !interruptedNow());
    }

    /**
     * Whether the run was interrupted, or is about to be: Ctrl-C on a terminal reaches servers and applications as well, and
     * they may have died of it before this process has heard of it.
     */
    private boolean interruptedNow() {
        try {
            return interruption.await(HEARING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return interrupted();
        }
    }

    private Optional<Tried> tried(Trial trial, int number, Instant startedAt, long started, OpenStorages storages)
            throws IOException {
        Storage storage = storages.byProfile.get(trial.profile());
        if (storage == null) {
            throw new IllegalStateException("no storage was opened for " + trial.id());
        }
        AtomicLong submittedAt = new AtomicLong(started);
        NonceLook look = new NonceLook(() -> storage.nonces(trial, submittedAt.get()));
        try {
            storage.check();
            TrialBinding binding = bind(trial, storage, storages.fallback);
            Submission submission = new Submission(
                    number,
                    spec(trial, binding),
                    plan.master(),
                    binding.environment(),
                    binding.volumes(),
                    directory.logs(),
                    application(trial));
            boolean proves = binding.storage().proofUri().isPresent();
            submittedAt.set(System.nanoTime());
            ApplicationEnd end = submitter.run(
                    submission, () -> defect(storage::requireAlive).isEmpty(), proves ? look::begin : () -> {});
            if (end.way() == ApplicationEnd.Way.INTERRUPTED) {
                return Optional.empty();
            }
            AttemptReader.Reading reading = AttemptReader.read(submission, end);
            TrialOutcome outcome = reading.outcome();
            List<PodLife> pods = new ArrayList<>(end.pods());
            if (outcome instanceof TrialOutcome.Completed && proves) {
                Optional<String> unproven = unproven(look, reading.nonces(), reading.mounts())
                        .or(() -> storage.misplaced(reading.mounts()));
                if (unproven.isPresent()) {
                    outcome = new TrialOutcome.Failed(Cause.INFRASTRUCTURE, unproven.get());
                } else {
                    look.found().look().ifPresent(pod -> pods.add(pod.in(zone(pod, end.pods()))));
                }
            }
            List<Storage> used = new ArrayList<>();
            if (end.began()) {
                used.add(storage);
                storages.fallback.ifPresent(used::add);
            }
            if (!(outcome instanceof TrialOutcome.Completed)) {
                Optional<String> defect = defect(storage::check);
                if (defect.isPresent()) {
                    outcome = new TrialOutcome.Failed(Cause.INFRASTRUCTURE, defect.get());
                    // Asking one that doesn't answer takes minutes; what is left there goes when it is closed.
                    used.remove(storage);
                }
            }
            List<Warning> warnings = new ArrayList<>(reading.warnings());
            warnings.addAll(binding.warnings());
            if (outcome instanceof TrialOutcome.Completed) {
                warnings.addAll(storage.disturbances());
            }
            long runnerNanos = System.nanoTime() - started - end.elapsed().toNanos();
            Attempt attempt = new Attempt(
                    number,
                    startedAt,
                    end.elapsed().toNanos(),
                    runnerNanos,
                    outcome,
                    reading.lifecycle(),
                    reading.environment(),
                    reading.mounts(),
                    reading.dataSets(),
                    warnings,
                    Optional.of(directory.path().relativize(submission.log()).toString()),
                    pods);
            return Optional.of(new Tried(attempt, used));
        } catch (StorageUnavailable | KubernetesClientException e) {
            return Optional.of(Tried.failed(number, startedAt, started, infrastructure(e)));
        } finally {
            look.end();
        }
    }

    /** Where another pod has been on the same node. */
    private static Optional<String> zone(PodLife pod, List<PodLife> others) {
        return others.stream()
                .filter(other -> other.node().equals(pod.node()))
                .flatMap(other -> other.zone().stream())
                .findFirst();
    }

    private static TrialOutcome.Failed infrastructure(RuntimeException e) {
        return new TrialOutcome.Failed(Cause.INFRASTRUCTURE, String.valueOf(e.getMessage()));
    }

    /** Whoever's failure the preparation was, it is that of what needs its data. */
    private static TrialOutcome.Failed unprepared(TrialOutcome preparation) {
        String why = "its data could not be prepared: ";
        return preparation instanceof TrialOutcome.Failed failed
                ? new TrialOutcome.Failed(failed.cause(), why + failed.reason())
                : new TrialOutcome.Failed(Cause.APPLICATION, why + preparation.explanation());
    }

    /** After the trial's file is there: whatever becomes of this, it must not cost a measurement. */
    private void cleanUp(Trial trial, Storage storage) {
        if (interrupted()) {
            // The storages are about to be closed, which removes everything.
            return;
        }
        try {
            storage.cleanUp(trial);
        } catch (StorageUnavailable | KubernetesClientException e) {
            progress.note("berth: after %s: %s".formatted(trial.id(), e.getMessage()));
        }
    }

    /**
     * Why it can't be believed that a trial has used its storage.
     *
     * @param left   what the application's processes say they have left
     * @param mounts what they have found, which tells who they are
     */
    static Optional<String> unproven(NonceLook look, Map<String, String> left, List<MountFact> mounts) {
        Optional<String> silent = Stream.concat(
                        Stream.of("driver"), mounts.stream().map(MountFact::process))
                .filter(process -> !left.containsKey(process.replace(' ', '-')))
                .findFirst();
        if (silent.isPresent()) {
            return silent.map("%s has left no nonce on the storage"::formatted);
        }
        try {
            Map<String, String> found = look.found().byFile();
            return left.entrySet().stream()
                    .filter(nonce -> !nonce.getValue().equals(found.get(nonce.getKey())))
                    .findFirst()
                    .map(nonce ->
                            "%s wrote a nonce that the storage doesn't have, so it used another one; the storage has %s"
                                    .formatted(
                                            nonce.getKey(), found.isEmpty() ? "none" : "those of " + found.keySet()));
        } catch (StorageUnavailable e) {
            return Optional.of("the storage can't be asked for the nonces that were left on it: " + e.getMessage());
        }
    }

    /** What is wrong with a storage: the cause of whatever its application says. */
    private static Optional<String> defect(Runnable check) {
        try {
            check.run();
            return Optional.empty();
        } catch (StorageUnavailable e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** How a trial reaches its storage, with the roles that the storage can't serve placed on the fallback. */
    private record TrialBinding(
            Map<Role, String> uris,
            Binding storage,
            Map<String, String> environment,
            List<PodVolume> volumes,
            List<ExpectedMount> expectedMounts,
            List<Warning> warnings) {}

    private TrialBinding bind(Trial trial, Storage storage, Optional<Storage> fallbackStorage) {
        PlannedWorkload workload = plan.workload(trial.workload());
        Set<Role> wanted = EnumSet.copyOf(workload.roles());
        Set<Role> served = EnumSet.copyOf(wanted);
        served.retainAll(backend(plan.profile(trial.profile())).roles());
        wanted.removeAll(served);
        Binding own = storage.bind(trial, served);
        Map<Role, String> uris = new TreeMap<>(own.uris());
        List<PodVolume> volumes = new ArrayList<>(own.volumes());
        List<ExpectedMount> expectedMounts = new ArrayList<>(own.expectedMounts());
        List<Warning> warnings = new ArrayList<>();
        if (!wanted.isEmpty()) {
            Binding elsewhere = fallbackStorage.orElseThrow().bind(trial, wanted);
            uris.putAll(elsewhere.uris());
            volumes.addAll(elsewhere.volumes());
            expectedMounts.addAll(elsewhere.expectedMounts());
            for (Role role : wanted) {
                warnings.add(new Warning(
                        role.label() + "-elsewhere",
                        "%s is on profile %s, because %s can't serve it"
                                .formatted(role.label(), fallback.name(), trial.profile())));
            }
        }
        return new TrialBinding(uris, own, own.environment(), volumes, expectedMounts, warnings);
    }

    private TrialSpec spec(Trial trial, TrialBinding binding) {
        PlannedWorkload workload = plan.workload(trial.workload());
        Map<String, String> conf = new TreeMap<>(workload.sparkConf());
        conf.putAll(binding.storage().sparkConf());
        if (trial.kind() == Trial.Kind.PREPARE) {
            // Nothing of it is measured.
            conf.remove("spark.plugins");
        }
        String scratch = binding.uris().get(Role.SCRATCH);
        if (scratch != null) {
            Path directory = Path.of(URI.create(scratch));
            conf.put("spark.local.dir", directory.toString());
            // What Hadoop's clients keep on disk, as S3A what it has yet to upload, is scratch, too.
            conf.putIfAbsent(
                    "spark.hadoop.hadoop.tmp.dir", directory.resolve("hadoop").toString());
        }
        return new TrialSpec(
                FormatVersion.CURRENT,
                trial.id(),
                trial.kind(),
                trial.workload(),
                workload.mainClass(),
                workload.parameters(),
                binding.uris(),
                binding.storage().outputUri(),
                binding.storage().proofUri(),
                workload.durability(),
                workload.warmupIterations(),
                workload.measuredIterations(),
                workload.timeLimitSeconds(),
                binding.expectedMounts(),
                conf,
                OptionalDouble.of(plan.thresholds().completeTaskFraction()),
                workload.sparkVersion());
    }

    /** What a trial's application is started from, for people. */
    private String application(Trial trial) {
        Optional<String> spark = plan.workload(trial.workload()).sparkVersion();
        return plan.kubernetes()
                .map(pods -> "image " + pods.image(spark))
                .orElseGet(() ->
                        "the application" + spark.map(it -> " for Spark " + it).orElse(""));
    }

    private TrialResult seal(Trial trial, List<Attempt> earlier, Attempt attempt) throws IOException {
        List<Attempt> attempts = new ArrayList<>(earlier);
        attempts.add(attempt);
        TrialResult result = new TrialResult(FormatVersion.CURRENT, trial, attempts);
        directory.seal(result);
        if (trial.kind() == Trial.Kind.PREPARE && !(attempt.outcome() instanceof TrialOutcome.Completed)) {
            unprepared.put(trial.cell(), attempt.outcome());
        }
        return result;
    }

    private void writeReport() throws IOException {
        long began = System.nanoTime();
        directory.replace("report.html", Report.of(directory.results()).html());
        reports.written(began, System.nanoTime());
    }
}

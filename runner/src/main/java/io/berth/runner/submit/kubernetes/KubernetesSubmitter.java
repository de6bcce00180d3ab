package io.berth.runner.submit.kubernetes;

import static java.nio.file.StandardOpenOption.APPEND;

import io.berth.model.check.Trouble;
import io.berth.model.plan.Trial;
import io.berth.model.results.PodLife;
import io.berth.model.results.TrialOutcome.Cause;
import io.berth.model.results.TrialOutcome.Failed;
import io.berth.runner.submit.ApplicationEnd;
import io.berth.runner.submit.ApplicationEnd.Way;
import io.berth.runner.submit.Submission;
import io.berth.runner.submit.Submitter;
import io.berth.storage.Cluster;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.LocalPortForward;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.WebSocketHandshakeException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs an application as a driver pod that makes its executors itself, in client mode. Everything of it is labelled with the
 * run and owned by the driver's pod, which is removed only after its results have been fetched.
 */
public final class KubernetesSubmitter implements Submitter, AutoCloseable {
    private static final Duration LOOK_AROUND = Duration.ofSeconds(1);
    private static final Duration FETCHING = Duration.ofMinutes(2);
    private static final Duration FETCHING_OF_A_STOPPED_ONE = Duration.ofSeconds(5);
    private static final Duration TEAR_DOWN = Duration.ofSeconds(60);
    private static final Duration WORTH_TELLING = Duration.ofSeconds(3);
    private static final Duration LASTING = Duration.ofSeconds(15);
    private static final Duration SILENT = Duration.ofSeconds(30);
    private static final long TOLD = Long.MIN_VALUE;

    private final Cluster cluster;
    private final Consumer<String> notes;
    private final Consumer<String> phases;
    private final long process;
    private final Duration silent;
    private final Placement.Held placements = new Placement.Held();
    private PodWatch watch;
    private volatile boolean interrupted;

    /**
     * A submitter that follows the pods of its run. Those of an earlier process, which was killed, are removed: they would run
     * on beside the new ones.
     *
     * @param cluster not closed by this
     * @param notes   is told what a pod waits for
     * @param phases  is told how far an application's start has come
     * @throws StorageUnavailable if the cluster doesn't answer or doesn't let pods be watched
     */
    public KubernetesSubmitter(Cluster cluster, Consumer<String> notes, Consumer<String> phases) {
        this(cluster, notes, phases, new SecureRandom().nextLong(), SILENT);
    }

    /**
     * A submitter of a process.
     *
     * @param process makes its names its own
     * @param silent  how long a node may take to remove a pod that was told to go
     */
    KubernetesSubmitter(
            Cluster cluster, Consumer<String> notes, Consumer<String> phases, long process, Duration silent) {
        this.cluster = cluster;
        this.notes = notes;
        this.phases = phases;
        this.process = process;
        this.silent = silent;
        this.watch = follow(cluster);
        if (!watch.allGone()) {
            remove("its earlier process", ofRun(), () -> watch.allGone());
        }
    }

    private static PodWatch follow(Cluster cluster) {
        try {
            return new PodWatch(cluster);
        } catch (KubernetesClientException e) {
            String problem = EnumSet.of(Trouble.NAME, Trouble.ENDPOINT).contains(Trouble.of(e))
                    ? "the Kubernetes at %s doesn't answer (%s); see kubectl cluster-info, or name another with --master"
                            .formatted(cluster.client().getMasterUrl(), Cluster.reason(e))
                    : "the pods in namespace %s of the Kubernetes at %s can't be watched (%s); see kubectl auth can-i watch pods -n %s"
                            .formatted(
                                    cluster.namespace(),
                                    cluster.client().getMasterUrl(),
                                    Cluster.reason(e),
                                    cluster.namespace());
            throw new StorageUnavailable(problem, e);
        }
    }

    @Override
    public ApplicationEnd run(Submission submission, BooleanSupplier goOn) throws IOException {
        return run(submission, goOn, () -> {});
    }

    @Override
    public ApplicationEnd run(Submission submission, BooleanSupplier goOn, Runnable whileItGoes) throws IOException {
        String workload = submission.spec().workload();
        ApplicationManifests manifests =
                new ApplicationManifests(cluster, submission, process, placements.of(workload));
        submission.write(manifests.sparkConf());
        Files.deleteIfExists(submission.log());
        if (interrupted) {
            return new ApplicationEnd(Way.INTERRUPTED, 0, Duration.ZERO);
        }
        String name = manifests.name();
        long submittedAt = System.nanoTime();
        Pod driver;
        try {
            if (watch.lost().isPresent()) {
                followAnew();
            }
            driver = created(manifests.driver());
        } catch (KubernetesClientException | StorageUnavailable e) {
            // What wasn't answered may have been done.
            remove(name);
            watch.forget(name);
            return new ApplicationEnd(
                    Way.EXITED,
                    0,
                    Duration.ZERO,
                    Optional.of(failed(
                            e instanceof KubernetesClientException refusal
                                    ? "the driver's pod was refused: " + Cluster.reason(refusal)
                                    : String.valueOf(e.getMessage()))),
                    List.of());
        }
        Ending ending;
        Duration elapsed;
        try {
            ending = await(manifests, driver, submission.spec().timeLimitSeconds(), submittedAt, goOn);
            elapsed = Duration.ofNanos(System.nanoTime() - submittedAt);
            if (ending.endedWell()) {
                whileItGoes.run();
            }
            ending = fetch(submission, name, ending);
        } finally {
            remove(name);
        }
        List<PodLife> pods = watch.lives(name, submittedAt);
        if (ending.endedWell() && submission.spec().kind() == Trial.Kind.MEASURE) {
            placements.keep(workload, pods);
        }
        return new ApplicationEnd(ending.way(), ending.exitCode(), elapsed, ending.failure(), pods);
    }

    /**
     * Keeps later trials of a workload where an earlier process of the run has had its first.
     *
     * @param pods of that trial
     */
    public void hold(String workload, List<PodLife> pods) {
        placements.keep(workload, pods);
    }

    @Override
    public void interrupt() {
        interrupted = true;
        current().wake();
    }

    @Override
    public void close() {
        current().close();
    }

    private synchronized PodWatch current() {
        return watch;
    }

    private synchronized void followAnew() {
        watch.close();
        watch = follow(cluster);
    }

    /** The client repeats a request whose answer it has missed; no other process gives such names. */
    private Pod created(Pod driver) {
        try {
            return cluster.client().resource(driver).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            Pod there = pod(driver.getMetadata().getName()).get();
            if (there == null) {
                throw e;
            }
            return there;
        }
    }

    /** As {@link #created}. */
    private void create(HasMetadata companion) {
        try {
            cluster.client().resource(companion).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }

    /** As {@link ApplicationEnd}, before anything has been fetched. */
    private record Ending(Way way, int exitCode, Optional<Failed> failure) {
        boolean endedWell() {
            return way == Way.EXITED && exitCode == 0 && failure.isEmpty();
        }

        /** Stopped by this submitter, because it could never have ended well. */
        static Ending hopeless(String reason) {
            return new Ending(Way.ABANDONED, 0, Optional.of(failed(reason)));
        }
    }

    private Ending await(
            ApplicationManifests manifests, Pod created, int timeLimitSeconds, long submittedAt, BooleanSupplier goOn)
            throws IOException {
        String name = manifests.name();
        try {
            for (HasMetadata companion : manifests.companions(created)) {
                create(companion);
            }
            // Not by removing them, which fails the second time: the client repeats a request whose answer it has
            // missed.
            pod(name)
                    .patch(
                            PatchContext.of(PatchType.JSON),
                            "[{\"op\": \"add\", \"path\": \"/spec/schedulingGates\", \"value\": []}]");
        } catch (KubernetesClientException e) {
            return Ending.hopeless("what the driver's pod needs was refused: " + Cluster.reason(e));
        }
        int startLimitSeconds = cluster.startLimitSeconds();
        boolean allStarted = false;
        String phase = "";
        Map<String, Long> noted = new HashMap<>();
        Map<String, Long> hopelessSince = new HashMap<>();
        long asked = System.nanoTime();
        while (true) {
            long version = watch.version();
            if (interrupted) {
                return new Ending(Way.INTERRUPTED, 0, Optional.empty());
            }
            Optional<Ending> ended = watch.driver(name).flatMap(driver -> ended(name, driver));
            if (ended.isPresent()) {
                return ended.get();
            }
            Optional<String> lost = watch.lost();
            if (lost.isPresent()) {
                return Ending.hopeless(
                        "its pods can't be followed any more, because the watch has ended: " + lost.get());
            }
            long now = System.nanoTime();
            List<Pod> waiting = watch.waiting(name);
            for (Pod pod : waiting) {
                Optional<String> hopeless = Reasons.hopeless(pod);
                if (hopeless.isPresent()) {
                    String what = "%s can't start: %s".formatted(PodWatch.process(pod), hopeless.get());
                    long since = hopelessSince.computeIfAbsent(what, text -> now);
                    if (!Reasons.mayPass(hopeless.get()) || now - since > LASTING.toNanos()) {
                        return Ending.hopeless(what);
                    }
                }
            }
            waiting.forEach(pod -> note(pod, noted));
            allStarted = allStarted || watch.executorsStarted(name) >= manifests.executors();
            OptionalLong startedAt = watch.driverStartedAt(name);
            String reached = startedAt.isEmpty()
                    ? "driver starts"
                    : allStarted
                            ? "runs"
                            : "%d/%d executors".formatted(watch.executorsStarted(name), manifests.executors());
            if (!reached.equals(phase)) {
                phase = reached;
                phases.accept(phase);
            }
            boolean timeIsUp =
                    startedAt.isPresent() && now - startedAt.getAsLong() > TimeUnit.SECONDS.toNanos(timeLimitSeconds);
            if (!allStarted && (timeIsUp || now - submittedAt > TimeUnit.SECONDS.toNanos(startLimitSeconds))) {
                return Ending.hopeless(notStarted(manifests, waiting, timeIsUp ? timeLimitSeconds : startLimitSeconds));
            }
            if (timeIsUp) {
                return new Ending(Way.TIMED_OUT, 0, Optional.empty());
            }
            if (now - asked >= LOOK_AROUND.toNanos()) {
                asked = now;
                if (!goOn.getAsBoolean()) {
                    return new Ending(Way.ABANDONED, 0, Optional.empty());
                }
            }
            watch.await(version, LOOK_AROUND);
        }
    }

    private Optional<Ending> ended(String name, Pod driver) {
        boolean gone = watch.driverGone(name);
        Optional<ContainerStateTerminated> ending = PodWatch.ending(driver);
        boolean failed =
                driver.getStatus() != null && "Failed".equals(driver.getStatus().getPhase());
        if (ending.isEmpty() && !gone && !failed) {
            OptionalLong dismissedAt = watch.driverDismissedAt(name);
            return dismissedAt.isPresent() && System.nanoTime() - dismissedAt.getAsLong() > silent.toNanos()
                    ? Optional.of(
                            Ending.hopeless("the driver's pod was told to go and its node %s hasn't answered for %d s%s"
                                    .formatted(
                                            driver.getSpec().getNodeName(),
                                            silent.toSeconds(),
                                            Reasons.disruption(driver))))
                    : Optional.empty();
        }
        return Optional.of(new Ending(
                Way.EXITED, ending.map(ContainerStateTerminated::getExitCode).orElse(0), Reasons.end(driver, gone)));
    }

    /** Says what a pod waits for, once, when it has waited for that some seconds: passing reasons are of no use to anybody. */
    private void note(Pod pod, Map<String, Long> since) {
        Optional<String> reason = Reasons.waiting(pod).or(() -> watch.warning(pod));
        if (reason.isPresent()) {
            String note = "%s waits: %s".formatted(PodWatch.process(pod), reason.get());
            long now = System.nanoTime();
            long first = since.computeIfAbsent(note, text -> now);
            if (first != TOLD && now - first > WORTH_TELLING.toNanos()) {
                since.put(note, TOLD);
                notes.accept(note);
            }
        }
    }

    private String notStarted(ApplicationManifests manifests, List<Pod> waiting, int limitSeconds) {
        for (Pod pod : waiting) {
            Optional<String> reason =
                    Reasons.waiting(pod).or(() -> watch.warning(pod)).or(() -> lastWarning(pod));
            if (reason.isPresent()) {
                return "%s didn't start within %d s: %s".formatted(PodWatch.process(pod), limitSeconds, reason.get());
            }
        }
        return "only %d of %d executors started within %d s%s"
                .formatted(
                        watch.executorsStarted(manifests.name()),
                        manifests.executors(),
                        limitSeconds,
                        refusal(manifests.name())
                                .map(line -> "; the driver's log says: " + line)
                                .orElse(""));
    }

    /** What Kubernetes' events say of a pod whose status says nothing: mounts that fail are told there only. */
    private Optional<String> lastWarning(Pod pod) {
        try {
            return cluster.warnings(pod.getMetadata().getUid()).stream()
                    .findFirst()
                    .map(event -> Reasons.text(event.getReason(), event.getMessage()));
        } catch (KubernetesClientException e) {
            return Optional.of("its events can't be read (%s)".formatted(Cluster.reason(e)));
        }
    }

    /** Why Spark couldn't make executors: it only logs it, and tries again. */
    private Optional<String> refusal(String name) {
        try {
            return cluster.log(name, ApplicationManifests.DRIVER)
                    .lines()
                    .filter(line -> line.contains("KubernetesClientException") || line.contains("exceeded quota"))
                    .reduce((first, second) -> second)
                    .map(String::strip);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Brings home what the driver said; where that isn't possible, the ending says so. */
    private Ending fetch(Submission submission, String name, Ending ending) throws IOException {
        if (ending.way() == Way.INTERRUPTED) {
            return ending;
        }
        if (watch.driverStartedAt(name).isEmpty() || watch.driverGone(name)) {
            Files.writeString(
                    submission.log(),
                    ending.failure().map(failure -> failure.reason() + "\n").orElse(""));
            return ending;
        }
        // Beside the records, which come from elsewhere.
        FutureTask<Void> log = new FutureTask<>(() -> fetchLog(submission, name));
        Thread fetching = new Thread(log, "log");
        fetching.setDaemon(true);
        fetching.start();
        try {
            return fetchRecords(submission, name, ending);
        } finally {
            ended(log);
        }
    }

    private @Nullable Void fetchLog(Submission submission, String name) throws IOException {
        try (OutputStream log = Files.newOutputStream(submission.log())) {
            cluster.log(name, ApplicationManifests.DRIVER, log, SILENT);
        } catch (IOException e) {
            Files.writeString(submission.log(), "The log could not be fetched whole: " + e + "\n", APPEND);
        }
        return null;
    }

    private static void ended(FutureTask<?> log) throws IOException {
        try {
            log.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Ending fetchRecords(Submission submission, String name, Ending ending) throws IOException {
        boolean byItself = ending.way() == Way.EXITED;
        // With a pod that was ended as a whole, as by an eviction, the container went that would answer.
        BooleanSupplier hasEnded =
                () -> watch.driver(name).map(PodWatch::hasEnded).orElse(false);
        boolean answers = byItself && !hasEnded.getAsBoolean();
        try {
            new ResultsTransport(() -> connect(name), () -> !interrupted && !(answers && hasEnded.getAsBoolean()))
                    .fetch(
                            ApplicationManifests.RESULTS_FILE,
                            submission.records(),
                            answers ? FETCHING : FETCHING_OF_A_STOPPED_ONE);
            return ending;
        } catch (IOException e) {
            if (interrupted) {
                return new Ending(Way.INTERRUPTED, 0, Optional.empty());
            }
            if (!byItself) {
                return ending;
            }
            // Of an eviction a pod tells when all of its containers have ended; the driver's may be the first.
            Optional<Failed> why = ending.failure()
                    .or(() -> watch.driver(name).flatMap(driver -> Reasons.end(driver, watch.driverGone(name))))
                    .or(() -> Optional.of(failed("the driver's records could not be fetched: " + e.getMessage())));
            return new Ending(ending.way(), ending.exitCode(), why);
        }
    }

    private ResultsTransport.Connection connect(String name) throws IOException {
        if (cluster.inside()) {
            String address = watch.driver(name)
                    .map(pod -> pod.getStatus().getPodIP())
                    .orElseThrow(() -> new IOException("the driver's pod has no address"));
            String host = address.contains(":") ? "[" + address + "]" : address;
            return new ResultsTransport.Connection(
                    URI.create("http://%s:%d".formatted(host, ApplicationManifests.RESULTS_PORT)),
                    () -> {},
                    Optional::empty);
        }
        try {
            LocalPortForward forward =
                    pod(name).portForward(ApplicationManifests.RESULTS_PORT, InetAddress.getLoopbackAddress(), 0);
            return new ResultsTransport.Connection(
                    URI.create("http://127.0.0.1:" + forward.getLocalPort()), forward, () -> refusal(forward));
        } catch (KubernetesClientException e) {
            throw new IOException("no port of the driver's pod can be forwarded: " + Cluster.reason(e), e);
        }
    }

    /** The port itself only breaks. */
    private static Optional<String> refusal(LocalPortForward forward) {
        return forward.getServerThrowables().stream()
                .reduce((first, second) -> second)
                .map(thrown -> "the driver's port can't be forwarded: "
                        + (thrown instanceof WebSocketHandshakeException answered
                                ? "the API server answered with status %d%s"
                                        .formatted(
                                                answered.getResponse().code(),
                                                answered.getResponse().code() == HttpURLConnection.HTTP_FORBIDDEN
                                                        ? " (forbidden)"
                                                        : "")
                                : String.valueOf(thrown.getMessage())));
    }

    /** Removes an application's pods, and with the driver's all that it owns; returns when they have gone. */
    private void remove(String name) {
        remove(
                name,
                ofRun().withLabel(ApplicationManifests.APPLICATION_LABEL, name),
                () -> watch.allGone(name) || watch.lost().isPresent());
    }

    private void remove(
            String whose, FilterWatchListDeletable<Pod, PodList, PodResource> pods, BooleanSupplier allGone) {
        long deadline = System.nanoTime() + TEAR_DOWN.toNanos();
        while (true) {
            try {
                pods.delete();
                break;
            } catch (KubernetesClientException e) {
                boolean mayPass = e.getCode() == 0 || e.getCode() >= HttpURLConnection.HTTP_INTERNAL_ERROR;
                if (!mayPass || System.nanoTime() > deadline) {
                    unremoved(whose, e);
                    return;
                }
                watch.await(watch.version(), LOOK_AROUND);
            }
        }
        while (!allGone.getAsBoolean() && System.nanoTime() < deadline) {
            long version = watch.version();
            if (!allGone.getAsBoolean()) {
                watch.await(version, LOOK_AROUND);
            }
        }
        if (!allGone.getAsBoolean()) {
            try {
                // Their node doesn't answer.
                pods.withGracePeriod(0).delete();
            } catch (KubernetesClientException e) {
                unremoved(whose, e);
            }
        }
    }

    private void unremoved(String whose, KubernetesClientException e) {
        notes.accept("the pods of %s could not be removed (%s); kubectl delete pods -n %s -l %s=%s,%s"
                .formatted(
                        whose,
                        Cluster.reason(e),
                        cluster.namespace(),
                        Cluster.RUN_LABEL,
                        cluster.run(),
                        ApplicationManifests.APPLICATION_LABEL));
    }

    private FilterWatchListDeletable<Pod, PodList, PodResource> ofRun() {
        return cluster.client()
                .pods()
                .inNamespace(cluster.namespace())
                .withLabel(Cluster.RUN_LABEL, cluster.run())
                .withLabel(ApplicationManifests.APPLICATION_LABEL);
    }

    private PodResource pod(String name) {
        return cluster.client().pods().inNamespace(cluster.namespace()).withName(name);
    }

    private static Failed failed(String reason) {
        return new Failed(Cause.INFRASTRUCTURE, reason);
    }
}

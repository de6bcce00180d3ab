package io.berth.runner.submit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.berth.model.records.RecordLine;
import io.berth.model.records.RecordWriter;
import io.berth.model.results.Answer;
import io.berth.model.results.Attempt;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.Results;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.TrialOutcome;
import io.berth.model.text.FormatVersion;
import io.berth.runner.Installation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the runner costs the cluster and itself, over many trials: a runner of its own with a bounded heap, against an API
 * server that keeps objects and pods that end as soon as they may start. What a trial costs in time is judged where nothing
 * else runs, by {@code benchmarks/many-trials}, which gives {@code berth.trials} and {@code berth.trial-millis}; here it is told.
 */
@EnableKubernetesMockClient(crud = true, https = false)
class ManyTrialsIT {
    private static final int WORKLOADS = 20;
    private static final int BLOCKS = Math.max(1, Integer.getInteger("berth.trials", 80) / WORKLOADS);
    private static final String HEAP = "-Xmx256m";
    private static final int CALLS_OF_A_TRIAL = 40;

    /** The most processor time of the runner that a trial may cost, in milliseconds; 0: no time is judged. */
    private static final int OWN_MILLIS_OF_A_TRIAL = Integer.getInteger("berth.trial-millis", 0);

    /** Of the runner, beside the time of pods and Spark. */
    private static final Duration BESIDE = Duration.ofSeconds(1);

    private static final int EXECUTORS = 2;

    /** Nobody else's, so that the port that results are served at is free there. */
    private static final String POD_ADDRESS = "127.77.7.7";

    private static final Logger MOCK = Logger.getLogger("io.fabric8.mockwebserver");
    private static final String KUBELET = "kubelet";
    private static final Duration LIMIT = Duration.ofMinutes(58);
    private static final long TELL_AGAIN_MILLIS = 500;
    private static final Map<String, String> NONCES = Map.of("driver", "5eed");

    @TempDir
    private Path temp;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesMockServer server;

    private volatile String trial = "";

    @Test
    @Timeout(value = 3600)
    void aTrialCostsFewCallsAndLittleMemoryAndTime() throws Exception {
        Installation installation = Installation.in(temp.resolve("home"));
        installation.write("storage-profiles/profiles/volume.yaml", """
                {name: volume, backend: volume, description: a volume, accessType: nas, settings: {data: {hostPath: {path: /x}}}}
                """);
        installation.write("storage-profiles/profiles/pod-disk.yaml", """
                {name: pod-disk, backend: volume, description: a disk, accessType: local, settings: {}}
                """);
        // It tells of every request.
        MOCK.setLevel(Level.WARNING);
        HttpServer pods = pods();
        Config asKubelet = new ConfigBuilder(client.getConfiguration())
                .withUserAgent(KUBELET)
                .build();
        Ran many;
        ScheduledExecutorService worker = Executors.newSingleThreadScheduledExecutor();
        try (KubernetesClient kubelet =
                        new KubernetesClientBuilder().withConfig(asKubelet).build();
                SharedIndexInformer<Pod> informer = follow(kubelet, worker)) {
            assertThat(informer.isRunning()).isTrue();
            many = run(installation, "many", WORKLOADS, BLOCKS);
        } finally {
            worker.shutdownNow();
            pods.stop(0);
        }
        double calls = (double) many.calls() / many.attempts().size();
        double ownMillis = many.own().millisOfATrial();
        long beside = many.attempts().stream()
                .map(Attempt::runnerNanos)
                .sorted()
                .skip(many.attempts().size() / 2)
                .findFirst()
                .orElseThrow();
        System.out.printf(
                "%d trials in %.0f s with %s: %.1f API calls and %.1f ms of processor time a trial, %.1f s of it in all; beside its application a trial takes %.1f ms (median)%n",
                many.attempts().size(),
                many.elapsed().toMillis() / 1e3,
                HEAP,
                calls,
                ownMillis,
                many.own().all().toMillis() / 1e3,
                beside / 1e6);
        assertThat(calls).isLessThanOrEqualTo(CALLS_OF_A_TRIAL);
        if (OWN_MILLIS_OF_A_TRIAL > 0) {
            assertThat(ownMillis).isLessThanOrEqualTo(OWN_MILLIS_OF_A_TRIAL);
            assertThat(Duration.ofNanos(beside)).isLessThanOrEqualTo(BESIDE);
        }
    }

    /** What a run of a runner came to. */
    private record Ran(List<Attempt> attempts, long calls, Own own, Duration elapsed) {}

    /**
     * The processor time of a runner.
     *
     * @param trials   in the second half of a run: a JVM that starts compiles its code
     * @param inTrials the time that they took
     */
    private record Own(Duration all, int trials, Duration inTrials) {
        double millisOfATrial() {
            return (double) inTrials.toMillis() / trials;
        }
    }

    private Ran run(Installation installation, String name, int workloads, int blocks) throws Exception {
        Path results = temp.resolve("results-" + name);
        Path suite = installation.write("suites/%s.yaml".formatted(name), """
                name: %s
                profiles: [volume]
                blocks: %d
                kubernetes: {image: 'berth:1', namespace: bench, executors: %d}
                workloads:
                %s
                """.formatted(
                        name,
                        blocks,
                        EXECUTORS,
                        IntStream.range(0, workloads)
                                .mapToObj("  - {name: conforming, as: w%d, warmup: 0, iterations: 1}"::formatted)
                                .collect(Collectors.joining("\n"))));
        long began = System.nanoTime();
        ProcessBuilder runner = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        HEAP,
                        "-XX:+UseSerialGC", // as the launcher does
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-Dberth.home=" + installation.home(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.berth.runner.cli.Berth",
                        "run",
                        suite.toString(),
                        "--out",
                        results.toString())
                .redirectErrorStream(true)
                .redirectOutput(new File(temp.toFile(), "runner.log"));
        runner.environment().put("KUBERNETES_MASTER", client.getMasterUrl().toString());
        runner.environment().put("KUBERNETES_TRUST_CERTIFICATES", "true");
        // As in a pod, which reaches others by their address.
        runner.environment().put("KUBERNETES_SERVICE_HOST", "berth");
        runner.environment().put("KUBECONFIG", temp.resolve("absent").toString());
        Process process = runner.start();
        Own own;
        try {
            own = awaitEnd(process, results.resolve("trials"), workloads * (blocks + 1));
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .as(Files.readString(temp.resolve("runner.log")))
                .isZero();
        Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
        Results sealed = ResultsDirectory.open(results).results();
        List<Attempt> attempts =
                sealed.trials().stream().flatMap(it -> it.attempts().stream()).toList();
        // Each cell is prepared, too.
        assertThat(attempts).hasSize(workloads * (blocks + 1)).allSatisfy(attempt -> assertThat(attempt.outcome())
                .isInstanceOf(TrialOutcome.Completed.class));
        return new Ran(attempts, callsOfTheRunner(), own, elapsed);
    }

    private static Own awaitEnd(Process process, Path trials, int all) throws InterruptedException {
        Duration own = Duration.ZERO;
        Duration atHalf = Duration.ZERO;
        Duration atEnd = Duration.ZERO;
        int half = 0;
        int end = 0;
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!process.waitFor(100, TimeUnit.MILLISECONDS)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            int sealed = sealed(trials);
            own = process.info().totalCpuDuration().orElse(own);
            if (half == 0 && sealed >= all / 2) {
                half = sealed;
                atHalf = own;
            }
            // Before the last report, which is no trial's.
            if (end < sealed) {
                end = sealed;
                atEnd = own;
            }
        }
        return new Own(own, end - half, atEnd.minus(atHalf));
    }

    private static int sealed(Path trials) {
        String[] files = trials.toFile().list((directory, name) -> name.endsWith(".json"));
        return files == null ? 0 : files.length;
    }

    private long callsOfTheRunner() throws InterruptedException {
        long calls = 0;
        for (RecordedRequest request = server.takeRequest(1, TimeUnit.SECONDS);
                request != null;
                request = server.takeRequest(1, TimeUnit.MILLISECONDS)) {
            if (!KUBELET.equals(request.getHeader("User-Agent"))) {
                calls++;
            }
        }
        return calls;
    }

    /** Lets every pod end well as soon as nothing keeps it from being scheduled, and removes what a removed pod has owned. */
    private SharedIndexInformer<Pod> follow(KubernetesClient kubelet, ScheduledExecutorService worker) {
        Set<String> known = ConcurrentHashMap.newKeySet();
        // A watch is renewed after some minutes, and this API server, other than real ones, doesn't tell the new one
        // what was between.
        var unused = worker.scheduleWithFixedDelay(
                () -> kubelet.pods()
                        .inNamespace("bench")
                        .list()
                        .getItems()
                        .forEach(pod -> seen(kubelet, worker, known, pod)),
                TELL_AGAIN_MILLIS,
                TELL_AGAIN_MILLIS,
                TimeUnit.MILLISECONDS);
        return kubelet.pods().inNamespace("bench").inform(new ResourceEventHandler<>() {
            @Override
            public void onAdd(Pod pod) {
                seen(kubelet, worker, known, pod);
            }

            @Override
            public void onUpdate(Pod before, Pod pod) {
                seen(kubelet, worker, known, pod);
            }

            @Override
            public void onDelete(Pod pod, boolean unknown) {
                String name = pod.getMetadata().getName();
                worker.execute(() -> {
                    kubelet.services().inNamespace("bench").withName(name).delete();
                    kubelet.configMaps().inNamespace("bench").withName(name).delete();
                });
            }
        });
    }

    private void seen(KubernetesClient kubelet, ScheduledExecutorService worker, Set<String> known, Pod pod) {
        String name = pod.getMetadata().getName();
        boolean helper = name.startsWith("look-") || name.startsWith("clean-");
        boolean driver = "driver".equals(pod.getMetadata().getLabels().get("spark-role"))
                && pod.getSpec().getSchedulingGates().isEmpty();
        if (!(helper || driver) || !known.add(pod.getMetadata().getUid())) {
            return;
        }
        if (helper) {
            server.expect()
                    .get()
                    .withPath("/api/v1/namespaces/bench/pods/" + name + "/log?container="
                            + pod.getSpec().getContainers().get(0).getName())
                    .andReturn(
                            200,
                            NONCES.entrySet().stream()
                                    .map(nonce -> nonce.getKey() + " " + nonce.getValue() + "\n")
                                    .collect(Collectors.joining()))
                    .once();
        } else {
            trial = pod.getMetadata().getAnnotations().getOrDefault("berth.io/trial", "");
            worker.execute(() -> makeExecutors(kubelet, pod));
        }
        worker.execute(() -> tell(kubelet, worker, pod, 1));
    }

    /** As a driver does. */
    private static void makeExecutors(KubernetesClient kubelet, Pod driver) {
        for (int i = 1; i <= EXECUTORS; i++) {
            Pod made = kubelet.resource(new PodBuilder()
                            .withNewMetadata()
                            .withName(driver.getMetadata().getName() + "-exec-" + i)
                            .withNamespace("bench")
                            .withLabels(driver.getMetadata().getLabels())
                            .addToLabels("spark-role", "executor")
                            .addToLabels("spark-exec-id", Integer.toString(i))
                            .endMetadata()
                            .withNewSpec()
                            .withNodeName("node" + i)
                            .addNewContainer()
                            .withName("executor")
                            .endContainer()
                            .endSpec()
                            .build())
                    .create();
            kubelet.resource(made)
                    .editStatus(
                            it -> new PodBuilder(it).withStatus(ended(it, 1)).build());
        }
    }

    /**
     * Tells the end of a pod until the pod is removed. Once isn't enough: who waits for it lists first and watches then, and
     * this API server, other than real ones, doesn't tell a watch what was between.
     */
    private static void tell(KubernetesClient kubelet, ScheduledExecutorService worker, Pod pod, int times) {
        try {
            Pod there = kubelet.resource(pod).get();
            if (there == null
                    || !there.getMetadata().getUid().equals(pod.getMetadata().getUid())) {
                return;
            }
            kubelet.resource(there)
                    .editStatus(it ->
                            new PodBuilder(it).withStatus(ended(it, times)).build());
        } catch (KubernetesClientException e) {
            // It went, or was changed, in that moment.
        }
        var unused =
                worker.schedule(() -> tell(kubelet, worker, pod, times + 1), TELL_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static PodStatus ended(Pod pod, int times) {
        return new PodStatusBuilder()
                .withMessage("told " + times)
                .withPhase("Succeeded")
                .withPodIP(POD_ADDRESS)
                .addNewContainerStatus()
                .withName(pod.getSpec().getContainers().get(0).getName())
                .withNewState()
                .withNewTerminated()
                .withExitCode(0)
                .endTerminated()
                .endState()
                .endContainerStatus()
                .build();
    }

    /** What the results containers of all drivers serve. */
    private HttpServer pods() throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress(POD_ADDRESS, ApplicationManifests.RESULTS_PORT), 0);
        http.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange, records(trial));
            }
        });
        http.start();
        return http;
    }

    private static void answer(HttpExchange exchange, byte[] content) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            try {
                String digest = Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("SHA-256").digest(content));
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(content.length));
                exchange.getResponseHeaders().set("Repr-Digest", "sha-256=:" + digest + ":");
                exchange.sendResponseHeaders(HttpURLConnection.HTTP_OK, -1);
            } catch (java.security.NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        } else {
            exchange.sendResponseHeaders(HttpURLConnection.HTTP_PARTIAL, content.length);
            exchange.getResponseBody().write(content);
        }
    }

    private static byte[] records(String of) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            RecordWriter writer = new RecordWriter(bytes);
            writer.write(new RecordLine.Started(FormatVersion.CURRENT, of, "test"));
            NONCES.forEach((file, nonce) -> writer.write(new RecordLine.NonceLeft("driver", file, nonce)));
            writer.write(new RecordLine.IterationDone(
                    new IterationMeasurement(0, false, 1_000_000_000, OptionalLong.empty(), List.of())));
            writer.write(new RecordLine.Answered(new Answer("step", 1, "good", Optional.of("good"))));
            writer.end();
        } catch (UncheckedIOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toByteArray();
    }
}

package io.berth.storage;

import io.berth.model.suite.Kubernetes;
import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.CapabilitiesBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LocalObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.SeccompProfileBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The Kubernetes that a run works on: a client, the namespace, and what all pods of the run have in common.
 *
 * @param client    closed with this
 * @param namespace where everything of the run is made
 * @param settings  the suite's
 * @param run       label of the run
 * @param inside    whether this process is itself a pod of the cluster, and so reaches other pods by address
 */
public record Cluster(KubernetesClient client, String namespace, Kubernetes settings, String run, boolean inside)
        implements AutoCloseable {
    /** On everything that a run makes; its value is the run's label. */
    public static final String RUN_LABEL = "berth.io/run";

    private static final String DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
    private static final String MASTER = "k8s";
    private static final long IMAGE_GROUP = 185;
    private static final int CONNECT_MILLIS = 30_000;
    private static final int ANSWER_MILLIS = 60_000;

    /** With the client's pauses of 0.1 s, doubled up to 3.2 s: 25 s, in which an API server has been started again. */
    private static final int RETRIES = 12;

    /** Doubled up to 8 s. */
    private static final int WATCH_AGAIN_MILLIS = 250;

    /** Kubernetes' default of 300 s keeps a trial waiting for a node that is lost. */
    private static final long LOST_NODE_SECONDS = 120;

    private static final String NO_EXECUTE = "NoExecute";
    private static final List<String> LOST = List.of("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable");
    private static final int START_LIMIT_SECONDS = 300;

    /** Whether a Spark master is a Kubernetes. */
    public static boolean isMaster(String master) {
        return master.equals(MASTER) || master.startsWith(MASTER + "://");
    }

    /**
     * Connects to the cluster of a master: {@code k8s} is that of the current kubeconfig context, or the one this process
     * runs in; {@code k8s://URL} another one, with the same credentials.
     */
    public static Cluster of(String master, Kubernetes settings, String run) {
        Config found = Config.autoConfigure(null);
        ConfigBuilder config = new ConfigBuilder(found)
                // An API server that is busy with something else must not cost a trial of an hour.
                .withConnectionTimeout(CONNECT_MILLIS)
                .withRequestTimeout(ANSWER_MILLIS)
                .withRequestRetryBackoffLimit(RETRIES)
                .withWatchReconnectInterval(WATCH_AGAIN_MILLIS);
        if (!master.equals(MASTER)) {
            String url = master.substring((MASTER + "://").length());
            config.withMasterUrl(url.contains("://") ? url : "https://" + url);
        }
        // A pod has neither a context nor a file of one, and another cluster's pods it doesn't reach.
        boolean inside = master.equals(MASTER)
                && found.getCurrentContext() == null
                && System.getenv("KUBERNETES_SERVICE_HOST") != null;
        KubernetesClient client =
                new KubernetesClientBuilder().withConfig(config.build()).build();
        String namespace = settings.namespace().orElse(found.getNamespace() == null ? "default" : found.getNamespace());
        return new Cluster(client, namespace, settings, run, inside);
    }

    /** The labels of everything that the run makes. */
    public Map<String, String> labels() {
        Map<String, String> labels = new TreeMap<>(settings.labels());
        labels.put("app.kubernetes.io/managed-by", "berth");
        labels.put(RUN_LABEL, run);
        return labels;
    }

    /**
     * Makes an object, or finds the one that an earlier process of the same run has made.
     *
     * @return as the API server has it
     * @throws io.fabric8.kubernetes.client.KubernetesClientException if it can't be made, also because somebody else has one
     *     of that name, which is neither ours to use nor to remove
     */
    public HasMetadata make(HasMetadata object) {
        try {
            return client.resource(object).create();
        } catch (KubernetesClientException e) {
            HasMetadata there = e.getCode() == HttpURLConnection.HTTP_CONFLICT
                    ? client.resource(object).get()
                    : null;
            if (there == null
                    || there.getMetadata().getLabels() == null
                    || !run.equals(there.getMetadata().getLabels().get(RUN_LABEL))) {
                throw e;
            }
            return there;
        }
    }

    /**
     * The StorageClass of a claim: the one it names, or the cluster's default one.
     *
     * @throws io.fabric8.kubernetes.client.KubernetesClientException if classes can't be read
     */
    public Optional<StorageClass> storageClass(PersistentVolumeClaimSpec claim) {
        var classes = client.storage().v1().storageClasses();
        if (claim.getStorageClassName() != null) {
            return Optional.ofNullable(
                    classes.withName(claim.getStorageClassName()).get());
        }
        return classes.list().getItems().stream()
                .filter(it -> it.getMetadata().getAnnotations() != null
                        && "true".equals(it.getMetadata().getAnnotations().get(DEFAULT_CLASS)))
                .findFirst();
    }

    /** The account that drivers run under, which makes executors. */
    public String serviceAccount() {
        return settings.serviceAccount().orElse("berth");
    }

    /** The group that all processes of pods are in, and that volumes should let write. */
    public long fsGroup() {
        return settings.fsGroup().orElse(IMAGE_GROUP);
    }

    /**
     * What a Secret of the namespace holds.
     *
     * @return values by key; nothing if there is no such Secret
     * @throws io.fabric8.kubernetes.client.KubernetesClientException if it can't be read
     */
    public Map<String, String> secret(String name) {
        Secret secret = client.secrets().inNamespace(namespace).withName(name).get();
        Map<String, String> values = new TreeMap<>();
        if (secret != null && secret.getData() != null) {
            secret.getData()
                    .forEach((key, value) ->
                            values.put(key, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
        }
        return values;
    }

    /** Seconds that pods may take until all of them run. */
    public int startLimitSeconds() {
        return settings.startLimit().orElse(START_LIMIT_SECONDS);
    }

    /**
     * Kubernetes' warnings about one object, the newest first.
     *
     * @throws io.fabric8.kubernetes.client.KubernetesClientException if events can't be read
     */
    public List<Event> warnings(String uid) {
        return client
                .v1()
                .events()
                .inNamespace(namespace)
                .withField("involvedObject.uid", uid)
                .list()
                .getItems()
                .stream()
                .filter(event -> "Warning".equals(event.getType()))
                .sorted(Comparator.comparing(Cluster::time).reversed())
                .toList();
    }

    /** Of its last occurrence; the scheduler's events have another field for it than kubelet's. */
    private static String time(Event event) {
        if (event.getLastTimestamp() != null) {
            return event.getLastTimestamp();
        }
        String created = event.getMetadata().getCreationTimestamp();
        return event.getEventTime() != null ? event.getEventTime().getTime() : created == null ? "" : created;
    }

    /** What the API server says, without the request that it says it about; or what keeps it from saying anything. */
    public static String reason(KubernetesClientException e) {
        if (e.getStatus() != null && e.getStatus().getMessage() != null) {
            return e.getStatus().getMessage();
        }
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (!(cause instanceof KubernetesClientException) && !(cause instanceof ExecutionException)) {
                return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
            }
        }
        return String.valueOf(e.getMessage());
    }

    /** What a container has printed, where that isn't much; see the other {@code log}. */
    public String log(String pod, String container) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        log(pod, container, out, Duration.ofMillis(ANSWER_MILLIS));
        return out.toString(StandardCharsets.UTF_8);
    }

    /**
     * Copies what a container has printed. Not by the client's own {@code getLog}, which first waits for the pod to be ready:
     * it follows the pod by a watch of its own and costs up to a second for a pod that has ended.
     *
     * @param silence how long nothing may come; a node that is lost in the middle says nothing any more
     * @throws IOException if the pod isn't there, or has no log that can be had whole
     */
    public void log(String pod, String container, OutputStream out, Duration silence) throws IOException {
        URI uri = URI.create("%sapi/v1/namespaces/%s/pods/%s/log?container=%s"
                .formatted(client.getMasterUrl(), namespace, pod, container));
        HttpClient http = client.getHttpClient();
        WritableByteChannel channel = Channels.newChannel(out);
        AtomicLong pieces = new AtomicLong();
        CompletableFuture<HttpResponse<AsyncBody>> answered =
                http.consumeBytes(http.newHttpRequestBuilder().uri(uri).build(), (buffers, body) -> {
                    for (ByteBuffer buffer : buffers) {
                        channel.write(buffer);
                    }
                    pieces.incrementAndGet();
                    body.consume();
                });
        try {
            HttpResponse<AsyncBody> response = answered.get(silence.toMillis(), TimeUnit.MILLISECONDS);
            if (!response.isSuccessful()) {
                response.body().cancel();
                throw new IOException("the log of pod %s was answered with status %d".formatted(pod, response.code()));
            }
            awaitEnd(response.body(), pieces, silence);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException(
                    "the log of pod %s can't be had: %s"
                            .formatted(
                                    pod,
                                    e instanceof TimeoutException
                                            ? "nothing has come for %d s".formatted(silence.toSeconds())
                                            : e.getMessage()),
                    e);
        } finally {
            answered.cancel(true);
        }
    }

    private static void awaitEnd(AsyncBody body, AtomicLong pieces, Duration silence)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            body.consume();
            while (true) {
                long before = pieces.get();
                try {
                    body.done().get(silence.toMillis(), TimeUnit.MILLISECONDS);
                    return;
                } catch (TimeoutException e) {
                    if (pieces.get() == before) {
                        throw e;
                    }
                }
            }
        } finally {
            body.cancel();
        }
    }

    /** What the suite says of every pod, and what the Pod Security level <em>restricted</em> asks for. */
    public PodSpecBuilder podSpec() {
        PodSpecBuilder pod = new PodSpecBuilder()
                .withRestartPolicy("Never")
                // Nothing of ours has anything to finish when it is told to go.
                .withTerminationGracePeriodSeconds(2L)
                .withNodeSelector(settings.nodeSelector())
                .withTolerations(tolerations())
                .withImagePullSecrets(settings.imagePullSecrets().stream()
                        .map(name ->
                                new LocalObjectReferenceBuilder().withName(name).build())
                        .toList())
                .withSecurityContext(new PodSecurityContextBuilder()
                        .withRunAsNonRoot(true)
                        .withFsGroup(fsGroup())
                        // Else kubelet changes the owner of every file of a volume before every trial.
                        .withFsGroupChangePolicy("OnRootMismatch")
                        .withSeccompProfile(seccomp())
                        .build());
        settings.priorityClass().ifPresent(pod::withPriorityClassName);
        return pod;
    }

    /** The suite's, and that of a lost node if the suite says nothing of it. */
    private List<Toleration> tolerations() {
        List<Toleration> tolerations = new ArrayList<>();
        for (Map<String, Object> toleration : settings.tolerations()) {
            tolerations.add(client.getKubernetesSerialization().convertValue(toleration, Toleration.class));
        }
        List<Toleration> suites = List.copyOf(tolerations);
        for (String taint : LOST) {
            if (suites.stream().noneMatch(it -> isOf(it, taint))) {
                tolerations.add(new TolerationBuilder()
                        .withKey(taint)
                        .withOperator("Exists")
                        .withEffect(NO_EXECUTE)
                        .withTolerationSeconds(LOST_NODE_SECONDS)
                        .build());
            }
        }
        return tolerations;
    }

    private static boolean isOf(Toleration toleration, String taint) {
        boolean thisKey = toleration.getKey() == null
                || toleration.getKey().isEmpty()
                || toleration.getKey().equals(taint);
        boolean thisEffect = toleration.getEffect() == null
                || toleration.getEffect().isEmpty()
                || toleration.getEffect().equals(NO_EXECUTE);
        return thisKey && thisEffect;
    }

    /** Of every container. */
    public SecurityContext containerSecurity() {
        Capabilities none = new CapabilitiesBuilder().withDrop("ALL").build();
        return new SecurityContextBuilder()
                .withAllowPrivilegeEscalation(false)
                .withCapabilities(none)
                .withRunAsNonRoot(true)
                .withSeccompProfile(seccomp())
                .build();
    }

    private static SeccompProfile seccomp() {
        return new SeccompProfileBuilder().withType("RuntimeDefault").build();
    }

    @Override
    public void close() {
        client.close();
    }
}

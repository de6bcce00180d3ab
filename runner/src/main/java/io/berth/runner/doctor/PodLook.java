package io.berth.runner.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.berth.model.check.PodFacts;
import io.berth.model.check.PodTask;
import io.berth.model.text.FormatVersion;
import io.berth.model.text.Formats;
import io.berth.runner.submit.kubernetes.Reasons;
import io.berth.storage.Binding;
import io.berth.storage.Cluster;
import io.berth.storage.PodVolume;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvFromSourceBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One pod like an executor's, which mounts a profile's volumes and writes a file as its executors would. */
final class PodLook {
    private static final Duration TOLERANCE = Duration.ofSeconds(5);
    private static final String HADOOP = "spark.hadoop.";
    private static final String KERBEROS = "spark.kerberos.";
    private static final String CONTAINER = "doctor";
    private static final Set<String> PULLING =
            Set.of("ErrImageNeverPull", "ErrImagePull", "ImagePullBackOff", "InvalidImageName");

    private static final Set<String> MOUNTING = Set.of("FailedMount", "FailedAttachVolume", "FailedMapVolume");

    private final Cluster cluster;
    private final String profile;
    private final Optional<String> sparkVersion;
    private final Duration patience;
    private final InstantSource clock;
    private final CompletableFuture<Void> interruption;
    private final List<Finding> findings = new ArrayList<>();
    private boolean started;

    /**
     * A look from a pod.
     *
     * @param sparkVersion of the image, as workloads have it
     * @param patience how long it may take to start
     * @param clock    this machine's
     * @param interruption ends the waiting; what is found then means nothing
     */
    PodLook(
            Cluster cluster,
            String profile,
            Optional<String> sparkVersion,
            Duration patience,
            InstantSource clock,
            CompletableFuture<Void> interruption) {
        this.cluster = cluster;
        this.profile = profile;
        this.sparkVersion = sparkVersion;
        this.patience = patience;
        this.clock = clock;
        this.interruption = interruption;
    }

    /** Looks; objects that it makes carry the run's label, and the pod is gone afterwards. */
    List<Finding> look(Binding binding) {
        ObjectMeta named = new ObjectMetaBuilder()
                // Servers that the profile deploys have the name without the ending.
                .withName(cluster.run() + "-" + profile + "-doctor"
                        + sparkVersion
                                .map(version -> "-" + version.replace('.', '-'))
                                .orElse(""))
                .withNamespace(cluster.namespace())
                .withLabels(cluster.labels())
                .build();
        Instant before = clock.instant();
        Pod created;
        try {
            if (!binding.environment().isEmpty()) {
                cluster.client()
                        .resource(new SecretBuilder()
                                .withMetadata(named)
                                .withStringData(binding.environment())
                                .build())
                        .create();
            }
            created = cluster.client().resource(pod(named, binding)).create();
        } catch (KubernetesClientException e) {
            findings.add(refused(Cluster.reason(e)));
            return findings;
        }
        stamped("the API server's", created.getMetadata().getCreationTimestamp(), before);
        PodResource resource =
                cluster.client().pods().inNamespace(cluster.namespace()).withName(named.getName());
        try {
            judge(resource, before);
        } finally {
            resource.withGracePeriod(0).delete();
        }
        return findings;
    }

    /** Whether the pod's container ran, so that its volumes were mounted. */
    boolean started() {
        return started;
    }

    private Pod pod(ObjectMeta named, Binding binding) {
        Map<String, String> conf = new TreeMap<>();
        binding.sparkConf().forEach((key, value) -> {
            if (key.startsWith(HADOOP)) {
                conf.put(key.substring(HADOOP.length()), value);
            } else if (key.startsWith(KERBEROS)) {
                conf.put(key, value);
            }
        });
        String task;
        try {
            task = Formats.json().writeValueAsString(new PodTask(binding.expectedMounts(), binding.outputUri(), conf));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
        List<EnvFromSource> secrets = binding.environment().isEmpty()
                ? List.of()
                : List.of(new EnvFromSourceBuilder()
                        .withNewSecretRef(named.getName(), false)
                        .build());
        Map<String, Quantity> size = Map.of("cpu", new Quantity("250m"), "memory", new Quantity("384Mi"));
        return new PodBuilder()
                .withMetadata(named)
                .withSpec(cluster.podSpec()
                        .withAutomountServiceAccountToken(false)
                        // Should nobody be there any more to remove it.
                        .withActiveDeadlineSeconds(patience.toSeconds() + 300)
                        .withVolumes(binding.volumes().stream()
                                .map(PodVolume::volume)
                                .toList())
                        .addNewContainer()
                        .withName(CONTAINER)
                        .withImage(image())
                        .withImagePullPolicy(
                                cluster.settings().imagePullPolicy().orElse(null))
                        .withArgs("main", "io.berth.workloads.PodCheck", task)
                        .addNewEnv()
                        .withName("JDK_JAVA_OPTIONS")
                        .withValue("-Xmx160m -XX:+UseSerialGC -XX:TieredStopAtLevel=1")
                        .endEnv()
                        .withEnvFrom(secrets)
                        .withSecurityContext(cluster.containerSecurity())
                        .withResources(new ResourceRequirementsBuilder()
                                .withRequests(size)
                                .withLimits(size)
                                .build())
                        .withVolumeMounts(binding.volumes().stream()
                                .map(volume -> new VolumeMountBuilder()
                                        .withName(volume.volume().getName())
                                        .withMountPath(volume.mountPath())
                                        .build())
                                .toList())
                        .endContainer()
                        .build())
                .build();
    }

    private Finding refused(String reason) {
        if (reason.contains("violates PodSecurity")) {
            return FindingKind.POD_SECURITY.in(profile, reason);
        }
        return (reason.contains("exceeded quota") ? FindingKind.QUOTA_TOO_SMALL : FindingKind.POD_REFUSED)
                .in(profile, reason);
    }

    // --- what became of the pod --------------------------------------------------------

    private void judge(PodResource resource, Instant before) {
        Pod pod = await(resource);
        if (pod == null) {
            findings.add(FindingKind.POD_NOT_STARTED.in(profile, "its pod was deleted by somebody else"));
            return;
        }
        Optional<ContainerStateTerminated> ending = ending(pod);
        started = ending.isPresent() || isRunning(pod);
        if (!started) {
            findings.add(notStarted(pod));
            return;
        }
        if (ending.isEmpty()) {
            // Started at the last moment, or hangs as only storage can.
            pod = await(resource);
            ending = pod == null ? Optional.empty() : ending(pod);
            if (ending.isEmpty()) {
                findings.add(FindingKind.WRITE_REFUSED.in(
                        profile,
                        "a pod began to write a file and had not ended after another %d s"
                                .formatted(patience.toSeconds())));
                return;
            }
        }
        ContainerStateTerminated ended = ending.get();
        String log = resource.getLog();
        Optional<PodFacts> facts = facts(log);
        if (facts.isEmpty()) {
            String last = log.strip().lines().reduce((first, second) -> second).orElse("nothing");
            findings.add(FindingKind.IMAGE_UNFIT.in(
                    profile,
                    "image %s can't look at a storage; it ended with exit code %s and printed: %s"
                            .formatted(image(), ended.getExitCode(), last)));
            return;
        }
        unfit(facts.get()).ifPresent(why -> findings.add(FindingKind.IMAGE_UNFIT.in(profile, why)));
        facts.get()
                .problems()
                .forEach(problem ->
                        findings.add(FindingKind.by(problem.trouble()).in(profile, problem.found())));
        if (facts.get().freeBytes().isPresent() && facts.get().freeBytes().getAsLong() < Doctor.LEAST_FREE_BYTES) {
            findings.add(FindingKind.SPACE_SHORT.in(
                    profile,
                    "its data volume has %d MiB left, and data sets take %d MiB and more"
                            .formatted(facts.get().freeBytes().getAsLong() >> 20, Doctor.LEAST_FREE_BYTES >> 20)));
        }
        apart("the clock of the pod's node", Instant.ofEpochMilli(facts.get().clockMillis()), before);
    }

    private String image() {
        return cluster.settings().image(sparkVersion);
    }

    /** Why applications of this image would be refused. */
    private Optional<String> unfit(PodFacts facts) {
        Optional<FormatVersion> format = facts.format().filter(FormatVersion.CURRENT::equals);
        if (format.isEmpty()) {
            return Optional.of("image %s is of another berth: it speaks format %s, and this one %s alone"
                    .formatted(
                            image(),
                            facts.format().map(FormatVersion::toString).orElse("1.1 or an older one"),
                            FormatVersion.CURRENT));
        }
        return sparkVersion
                .filter(wanted -> !facts.sparkVersion().orElse("").startsWith(wanted + "."))
                .map(wanted -> "image %s is named for Spark %s, and has %s"
                        .formatted(image(), wanted, facts.sparkVersion().orElse("another")));
    }

    private @Nullable Pod await(PodResource resource) {
        CompletableFuture<List<Pod>> decided = resource.informOnCondition(
                pods -> pods.isEmpty() || ending(pods.get(0)).isPresent() || hopeless(pods.get(0)));
        try {
            CompletableFuture.anyOf(decided, interruption).get(patience.toSeconds(), TimeUnit.SECONDS);
            if (decided.isDone()) {
                return decided.join().stream().findFirst().orElse(null);
            }
        } catch (TimeoutException e) {
            // It is judged as it is.
        } catch (ExecutionException e) {
            throw KubernetesClientException.launderThrowable(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a pod of the doctor starts", e);
        } finally {
            decided.cancel(true);
        }
        return resource.get();
    }

    /** One that is being pulled again and again is not waited for; neither is one that was evicted. */
    private static boolean hopeless(Pod pod) {
        return Reasons.hopeless(pod).isPresent()
                || (pod.getStatus() != null && "Failed".equals(pod.getStatus().getPhase()));
    }

    private Finding notStarted(Pod pod) {
        Optional<String> hopeless = Reasons.hopeless(pod);
        if (hopeless.isPresent()) {
            boolean pulling = PULLING.stream().anyMatch(hopeless.get()::startsWith);
            // One that would run as root is another's.
            boolean configuration = hopeless.get().startsWith("CreateContainerConfigError")
                    && !hopeless.get().contains("runAsNonRoot");
            return (pulling
                            ? FindingKind.IMAGE_UNAVAILABLE
                            : configuration ? FindingKind.POD_NOT_STARTED : FindingKind.IMAGE_UNFIT)
                    .in(profile, "image %s: %s".formatted(image(), hopeless.get()));
        }
        Optional<Finding> unbound = unbound(pod);
        if (unbound.isPresent()) {
            return unbound.get();
        }
        List<Event> warnings = warnings(pod.getMetadata().getUid());
        Optional<Event> mount = warnings.stream()
                .filter(event -> MOUNTING.contains(event.getReason()))
                .findFirst();
        if (mount.isPresent()) {
            return FindingKind.MOUNT_FAILED.in(profile, text(mount.get()));
        }
        return FindingKind.POD_NOT_STARTED.in(
                profile,
                "a pod didn't start within %d s: %s"
                        .formatted(
                                patience.toSeconds(),
                                Reasons.waiting(pod)
                                        .or(() -> warnings.stream().findFirst().map(PodLook::text))
                                        .orElse("nothing says why")));
    }

    private Optional<Finding> unbound(Pod pod) {
        for (Volume volume : pod.getSpec().getVolumes()) {
            String name = volume.getPersistentVolumeClaim() != null
                    ? volume.getPersistentVolumeClaim().getClaimName()
                    : volume.getEphemeral() != null ? pod.getMetadata().getName() + "-" + volume.getName() : "";
            PersistentVolumeClaim claim = name.isEmpty()
                    ? null
                    : cluster.client()
                            .persistentVolumeClaims()
                            .inNamespace(cluster.namespace())
                            .withName(name)
                            .get();
            if (claim != null
                    && (claim.getStatus() == null
                            || !"Bound".equals(claim.getStatus().getPhase()))) {
                return Optional.of(FindingKind.CLAIM_UNBOUND.in(
                        profile,
                        "claim %s isn't bound after %d s%s"
                                .formatted(
                                        name,
                                        patience.toSeconds(),
                                        warnings(claim.getMetadata().getUid()).stream()
                                                .findFirst()
                                                .map(event -> ": " + text(event))
                                                .orElse(""))));
            }
        }
        return Optional.empty();
    }

    private List<Event> warnings(String uid) {
        try {
            return cluster.warnings(uid);
        } catch (KubernetesClientException e) {
            return List.of();
        }
    }

    private static String text(Event event) {
        return Reasons.text(event.getReason(), event.getMessage());
    }

    private static Optional<ContainerStateTerminated> ending(Pod pod) {
        return pod.getStatus() == null
                ? Optional.empty()
                : pod.getStatus().getContainerStatuses().stream()
                        .map(status -> Optional.ofNullable(status.getState()).map(state -> state.getTerminated()))
                        .flatMap(Optional::stream)
                        .findFirst();
    }

    private static boolean isRunning(Pod pod) {
        return pod.getStatus() != null && "Running".equals(pod.getStatus().getPhase());
    }

    private static Optional<PodFacts> facts(String log) {
        Optional<String> last = log.lines().filter(line -> line.startsWith("{")).reduce((first, second) -> second);
        try {
            return last.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Formats.json().readValue(last.get(), PodFacts.class));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    // --- clocks ------------------------------------------------------------------------

    private void stamped(String whose, @Nullable String stamp, Instant before) {
        if (stamp != null) {
            apart(whose + " clock", Instant.parse(stamp), before);
        }
    }

    /** What another clock said between two looks at ours must lie between them. */
    private void apart(String whose, Instant said, Instant before) {
        Instant after = clock.instant();
        Duration early = Duration.between(said, before);
        Duration late = Duration.between(after, said);
        Duration off = early.compareTo(late) > 0 ? early : late;
        if (off.compareTo(TOLERANCE) > 0) {
            findings.add(FindingKind.CLOCK_SKEW.in(
                    profile,
                    "%s is %d s %s this machine's"
                            .formatted(whose, off.toSeconds(), off.equals(early) ? "behind" : "ahead of")));
        }
    }
}

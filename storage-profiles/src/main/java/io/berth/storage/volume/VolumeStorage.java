package io.berth.storage.volume;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.plan.Trial;
import io.berth.model.suite.Role;
import io.berth.storage.Binding;
import io.berth.storage.Cluster;
import io.berth.storage.PodVolume;
import io.berth.storage.RunScope;
import io.berth.storage.Storage;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Volumes as pods see them. The runner never sees the files, so applications make their directories themselves, and what a
 * killed one leaves is removed by a pod at the end of the run. Lay-out as everywhere: {@code berth/data/} holds data sets for
 * this and later runs, {@code berth/runs/RUN/TRIAL/} what one trial writes.
 */
final class VolumeStorage implements Storage {
    static final String DATA_PATH = "/volumes/data";

    /** Spark takes volumes whose names begin like this for its local directories. */
    static final String SCRATCH_VOLUME = "spark-local-dir-1";

    private static final String DATA_VOLUME = "data";
    private static final String SCRATCH_PATH = "/volumes/scratch";
    private static final int SCRIPT_SECONDS = 120;

    private final String profile;
    private final Cluster cluster;
    private final RunScope run;
    private final Optional<Volume> data;
    private final Optional<String> claimName;
    private final Volume scratch;
    private final ExpectedMount expected;
    private final boolean keepData;

    VolumeStorage(
            String profile,
            Cluster cluster,
            RunScope run,
            Optional<Volume> given,
            Optional<PersistentVolumeClaimSpec> claim,
            Volume scratch,
            ExpectedMount expected,
            boolean keepData) {
        this.profile = profile;
        this.cluster = cluster;
        this.run = run;
        this.claimName = claim.map(spec -> run.run() + "-" + profile);
        this.data = given.or(() -> claimName.map(name -> new VolumeBuilder()
                .withName(DATA_VOLUME)
                .withNewPersistentVolumeClaim(name, false)
                .build()));
        this.scratch = scratch;
        this.expected = expected;
        this.keepData = keepData;
        claim.ifPresent(this::create);
    }

    private void create(PersistentVolumeClaimSpec spec) {
        PersistentVolumeClaim claim = new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(claimName.orElseThrow())
                .withNamespace(cluster.namespace())
                .withLabels(cluster.labels())
                .endMetadata()
                .withSpec(spec)
                .build();
        try {
            cluster.client().resource(claim).create();
        } catch (KubernetesClientException e) {
            // A run that is resumed has made it before.
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw new StorageUnavailable(
                        "profile \"%s\": its claim can't be made (%s)".formatted(profile, e.getMessage()), e);
            }
        }
    }

    @Override
    public Binding bind(Trial trial, Set<Role> roles) {
        Map<Role, String> uris = new EnumMap<>(Role.class);
        List<PodVolume> volumes = new ArrayList<>();
        List<ExpectedMount> mounts = new ArrayList<>();
        String directory = "file://%s/berth/runs/%s/%s".formatted(DATA_PATH, run.run(), trial.id());
        if (roles.contains(Role.DATA) || roles.contains(Role.CHECKPOINT)) {
            Volume shared = data.orElseThrow(() -> new StorageUnavailable(
                    "profile \"%s\" has no volume for data; give it data: or dataClaim:".formatted(profile)));
            volumes.add(new PodVolume(shared, DATA_PATH));
            mounts.add(expected);
        }
        if (roles.contains(Role.DATA)) {
            uris.put(Role.DATA, "file://" + DATA_PATH + "/berth/data");
        }
        if (roles.contains(Role.CHECKPOINT)) {
            uris.put(Role.CHECKPOINT, directory + "/checkpoint");
        }
        if (roles.contains(Role.SCRATCH)) {
            uris.put(Role.SCRATCH, "file://" + SCRATCH_PATH);
            volumes.add(new PodVolume(scratch, SCRATCH_PATH));
            mounts.add(new ExpectedMount(
                    SCRATCH_PATH, Optional.empty(), Optional.empty(), List.of(), Optional.of(SCRATCH_PATH)));
        }
        Optional<String> proof = roles.contains(Role.DATA) ? Optional.of(directory + "/proof") : Optional.empty();
        return new Binding(uris, directory + "/output", proof, Map.of(), Map.of(), mounts, volumes);
    }

    /** By another pod that mounts the volume. It also removes what the trial has left, because it is there already. */
    @Override
    public Map<String, String> nonces(Trial trial) {
        String script =
                "cd %s/berth/runs/%s/%s && for file in proof/*; do echo \"${file#proof/} $(cat \"$file\")\"; done && rm -rf \"$PWD\""
                        .formatted(DATA_PATH, run.run(), trial.id());
        Map<String, String> nonces = new TreeMap<>();
        for (String line : inPod("look", data.orElseThrow(), script).split("\n", -1)) {
            String[] words = line.split(" ", 2);
            if (words.length == 2) {
                nonces.put(words[0], words[1]);
            }
        }
        return nonces;
    }

    @Override
    public void check() {
        // Kubernetes starts no pod without its volumes, and pods prove what these are.
    }

    @Override
    public void cleanUp(Trial trial) {
        // The application does it; after one that was killed, close does.
    }

    @Override
    public void close() {
        if (claimName.isPresent()) {
            cluster.client()
                    .persistentVolumeClaims()
                    .inNamespace(cluster.namespace())
                    .withName(claimName.get())
                    .delete();
        } else {
            data.ifPresent(this::clean);
        }
    }

    /** Removes this run's directories from a volume that isn't berth's. */
    private void clean(Volume volume) {
        String berth = DATA_PATH + "/berth";
        // Shared with other runs: removed only when nothing of anyone is left in them.
        String script =
                "cd %s 2> /dev/null || exit 0; rm -rf runs/%s%s; rmdir runs data . 2> /dev/null; rmdir %s 2> /dev/null; [ ! -e %s/runs/%s ]"
                        .formatted(berth, run.run(), keepData ? "" : " data", berth, berth, run.run());
        try {
            inPod("clean", volume, script);
        } catch (StorageUnavailable e) {
            throw new StorageUnavailable(
                    "profile \"%s\": berth/runs/%s could not be removed from its volume (%s); remove it by hand"
                            .formatted(profile, run.run(), e.getMessage()),
                    e);
        }
    }

    /**
     * Runs a shell script where the volume is mounted.
     *
     * @param purpose names the pod
     * @return what it printed
     * @throws StorageUnavailable if it didn't end well
     */
    private String inPod(String purpose, Volume volume, String script) {
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName(purpose + "-" + run.run() + "-" + profile)
                .withNamespace(cluster.namespace())
                .withLabels(cluster.labels())
                .endMetadata()
                .withSpec(cluster.podSpec()
                        .withAutomountServiceAccountToken(false)
                        .withActiveDeadlineSeconds((long) SCRIPT_SECONDS)
                        .withVolumes(volume)
                        .addNewContainer()
                        .withName(purpose)
                        .withImage(cluster.settings().image())
                        .withImagePullPolicy(
                                cluster.settings().imagePullPolicy().orElse(null))
                        .withCommand("sh", "-c", script)
                        .withSecurityContext(cluster.containerSecurity())
                        .withResources(new ResourceRequirementsBuilder()
                                .addToRequests("cpu", new Quantity("50m"))
                                .addToRequests("memory", new Quantity("32Mi"))
                                .addToLimits("cpu", new Quantity("50m"))
                                .addToLimits("memory", new Quantity("32Mi"))
                                .build())
                        .withVolumeMounts(new VolumeMountBuilder()
                                .withName(volume.getName())
                                .withMountPath(DATA_PATH)
                                .build())
                        .endContainer()
                        .build())
                .build();
        PodResource resource = cluster.client()
                .pods()
                .inNamespace(cluster.namespace())
                .withName(pod.getMetadata().getName());
        try {
            // A runner that was killed may have left one.
            if (!resource.withGracePeriod(0).delete().isEmpty()) {
                resource.waitUntilCondition(Objects::isNull, SCRIPT_SECONDS, TimeUnit.SECONDS);
            }
            cluster.client().resource(pod).create();
            Pod ended = resource.waitUntilCondition(VolumeStorage::hasEnded, SCRIPT_SECONDS, TimeUnit.SECONDS);
            String printed = ended == null ? "it is gone" : resource.getLog();
            if (ended == null || !ended.getStatus().getPhase().equals("Succeeded")) {
                throw new StorageUnavailable(
                        "pod %s has failed: %s".formatted(pod.getMetadata().getName(), printed.strip()));
            }
            return printed;
        } catch (KubernetesClientException e) {
            throw new StorageUnavailable("pod %s: %s".formatted(pod.getMetadata().getName(), e.getMessage()), e);
        } finally {
            resource.withGracePeriod(0).delete();
        }
    }

    private static boolean hasEnded(@Nullable Pod pod) {
        return pod == null
                || (pod.getStatus() != null
                        && List.of("Succeeded", "Failed")
                                .contains(pod.getStatus().getPhase()));
    }
}

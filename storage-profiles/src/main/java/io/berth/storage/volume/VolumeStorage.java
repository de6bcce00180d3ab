package io.berth.storage.volume;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.plan.Trial;
import io.berth.model.results.MountFact;
import io.berth.model.results.PodLife;
import io.berth.model.suite.Role;
import io.berth.storage.Binding;
import io.berth.storage.Cluster;
import io.berth.storage.PodSteps;
import io.berth.storage.PodVolume;
import io.berth.storage.RunScope;
import io.berth.storage.Storage;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Volumes as pods see them. The runner never sees the files, so applications make their directories themselves, and what a
 * killed one leaves is removed by a pod. Lay-out as everywhere: {@code berth/data/} holds data sets for
 * this and later runs, {@code berth/runs/RUN/TRIAL/} what one trial writes.
 */
final class VolumeStorage implements Storage {
    static final String DATA_PATH = "/volumes/data";

    /** Spark takes volumes whose names begin like this for its local directories. */
    static final String SCRATCH_VOLUME = "spark-local-dir-1";

    static final String DATA_VOLUME = "data";
    static final String CHECKPOINT_VOLUME = "checkpoint";
    private static final String CHECKPOINT_PATH = "/volumes/checkpoint";
    private static final String SCRATCH_PATH = "/volumes/scratch";

    /** Where a container's entry point puts a link to that one of several volumes which is its turn. */
    private static final String SPREAD_PATH = "/volumes/spread";

    /** Tells the entry point: the link, then the directories that executors take turns with. */
    private static final String SPREAD_VARIABLE = "BERTH_SPREAD";

    private static final int SCRIPT_SECONDS = 120;

    private final String profile;
    private final Cluster cluster;
    private final RunScope run;
    private final List<DataVolume> data;
    private final List<HasMetadata> made = new ArrayList<>();
    private final Optional<Volume> checkpoint;
    private final Volume scratch;
    private final Contents contents;

    /** Where a trial may have left something. */
    private final Map<Trial, List<Volume>> used = new HashMap<>();

    /**
     * A volume that all pods share.
     *
     * @param volume   where pods have it
     * @param expected what it must be there
     */
    record DataVolume(PodVolume volume, ExpectedMount expected) {}

    /** What becomes of a data volume's contents when the run ends. */
    enum Contents {
        /** The volume is the run's own. */
        GO_WITH_THE_VOLUME,
        /** It isn't, so the run's directories are removed from it. */
        KEEP_DATA_SETS,
        /** It isn't, so all of berth's directories are removed from it. */
        KEEP_NOTHING
    }

    /**
     * Makes what has to be made.
     *
     * @param data       none, one, or the same file system by each of its addresses
     * @param objects    of this run, in the order of their creation
     * @param checkpoint a volume of this run for checkpoints alone; they are on that of the data if absent
     */
    VolumeStorage(
            String profile,
            Cluster cluster,
            RunScope run,
            List<DataVolume> data,
            List<HasMetadata> objects,
            Optional<Volume> checkpoint,
            Volume scratch,
            Contents contents) {
        this.profile = profile;
        this.cluster = cluster;
        this.run = run;
        this.data = List.copyOf(data);
        this.checkpoint = checkpoint;
        this.scratch = scratch;
        this.contents = contents;
        try {
            objects.forEach(object -> made.add(create(object)));
        } catch (StorageUnavailable e) {
            try {
                unmake();
            } catch (StorageUnavailable further) {
                e.addSuppressed(further);
            }
            throw e;
        }
    }

    private HasMetadata create(HasMetadata object) {
        try {
            return cluster.make(object);
        } catch (KubernetesClientException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": its %s can't be made (%s)".formatted(profile, named(object), e.getMessage()), e);
        }
    }

    private void unmake() {
        Collections.reverse(made);
        List<String> stay = new ArrayList<>();
        for (HasMetadata object : made) {
            try {
                cluster.client().resource(object).delete();
            } catch (KubernetesClientException e) {
                stay.add("%s (%s)".formatted(named(object), e.getMessage()));
            }
        }
        made.clear();
        if (!stay.isEmpty()) {
            throw new StorageUnavailable(
                    "profile \"%s\": of what it made these stay, remove them with kubectl delete: %s"
                            .formatted(profile, String.join(", ", stay)));
        }
    }

    private static String named(HasMetadata object) {
        return object.getKind() + " " + object.getMetadata().getName();
    }

    @Override
    public Binding bind(Trial trial, Set<Role> roles) {
        Map<Role, String> uris = new EnumMap<>(Role.class);
        List<PodVolume> volumes = new ArrayList<>();
        List<ExpectedMount> mounts = new ArrayList<>();
        List<Volume> written = new ArrayList<>();
        String place = "/berth/runs/%s/%s".formatted(run.run(), trial.id());
        String dataPath = isSpread() ? SPREAD_PATH + "/data" : DATA_PATH;
        String directory = "file://" + dataPath + place;
        if (roles.contains(Role.DATA) || (roles.contains(Role.CHECKPOINT) && checkpoint.isEmpty())) {
            if (data.isEmpty()) {
                throw new StorageUnavailable(
                        "profile \"%s\" has no volume for data; give it data:, dataClaim: or dataVolume:"
                                .formatted(profile));
            }
            for (DataVolume shared : data) {
                volumes.add(shared.volume());
                mounts.add(shared.expected());
            }
            written.add(data.get(0).volume().volume());
            if (isSpread()) {
                volumes.add(new PodVolume(
                        new VolumeBuilder()
                                .withName("spread")
                                .withEmptyDir(new EmptyDirVolumeSource())
                                .build(),
                        SPREAD_PATH));
            }
        }
        if (roles.contains(Role.DATA)) {
            uris.put(Role.DATA, "file://" + dataPath + "/berth/data");
        }
        if (roles.contains(Role.CHECKPOINT)) {
            checkpoint.ifPresent(volume -> {
                volumes.add(new PodVolume(volume, CHECKPOINT_PATH));
                mounts.add(any(CHECKPOINT_PATH));
                written.add(volume);
            });
            uris.put(
                    Role.CHECKPOINT,
                    "file://%s%s/checkpoint".formatted(checkpoint.isPresent() ? CHECKPOINT_PATH : dataPath, place));
        }
        if (roles.contains(Role.SCRATCH)) {
            uris.put(Role.SCRATCH, "file://" + SCRATCH_PATH);
            volumes.add(new PodVolume(scratch, SCRATCH_PATH));
            mounts.add(any(SCRATCH_PATH));
        }
        used.put(trial, written);
        Optional<String> proof = roles.contains(Role.DATA) ? Optional.of(directory + "/proof") : Optional.empty();
        Map<String, String> environment = isSpread()
                ? Map.of(
                        SPREAD_VARIABLE,
                        dataPath
                                + data.stream()
                                        .map(shared -> " " + shared.volume().mountPath())
                                        .collect(Collectors.joining()))
                : Map.of();
        return new Binding(uris, directory + "/output", proof, Map.of(), environment, mounts, volumes);
    }

    private boolean isSpread() {
        return data.size() > 1;
    }

    /** Executors must have used as many of the addresses as there are, or as there are executors. */
    @Override
    public Optional<String> misplaced(List<MountFact> mounts) {
        Map<String, List<String>> bySource = new TreeMap<>();
        for (MountFact mount : mounts) {
            if (mount.role().equals(Role.DATA.label()) && mount.process().startsWith("executor")) {
                bySource.computeIfAbsent(mount.source(), source -> new ArrayList<>())
                        .add(mount.process());
            }
        }
        long executors = bySource.values().stream().mapToLong(List::size).sum();
        return bySource.size() >= Math.min(data.size(), executors)
                ? Optional.empty()
                : Optional.of("executors should be spread over the %d addresses of profile \"%s\", but are at %s"
                        .formatted(data.size(), profile, bySource));
    }

    /** Of whatever type, but a mount. */
    private static ExpectedMount any(String path) {
        return new ExpectedMount(path, Optional.empty(), Optional.empty(), List.of(), Optional.of(path));
    }

    /**
     * By another pod that mounts the volume. It also removes what the trial has left, because it is there already; what can't
     * be removed yet, such as a file that NFS keeps for a process that has it open, goes when the storage is closed.
     */
    @Override
    public Nonces nonces(Trial trial, long origin) {
        String script =
                "cd %s/berth/runs/%s/%s && for file in proof/*; do echo \"${file#proof/} $(cat \"$file\")\"; done && { rm -rf \"$PWD\" 2> /dev/null || true; }"
                        .formatted(DATA_PATH, run.run(), trial.id());
        Map<String, String> nonces = new TreeMap<>();
        Ended look = inPod(PodLife.LOOK, data.get(0).volume().volume(), script);
        for (String line : look.printed().split("\n", -1)) {
            String[] words = line.split(" ", 2);
            if (words.length == 2) {
                nonces.put(words[0], words[1]);
            }
        }
        // What it had elsewhere an application that left nonces has removed itself.
        used.remove(trial);
        return new Nonces(nonces, Optional.of(look.steps().life(PodLife.LOOK, look.pod(), origin)));
    }

    @Override
    public void check() {
        // Kubernetes starts no pod without its volumes, and pods prove what these are.
    }

    @Override
    public void cleanUp(Trial trial) {
        String directory = "berth/runs/%s/%s".formatted(run.run(), trial.id());
        List<Volume> volumes = used.getOrDefault(trial, List.of());
        used.remove(trial);
        for (Volume volume : volumes) {
            try {
                inPod("sweep", volume, "rm -rf %s/%s".formatted(DATA_PATH, directory));
            } catch (StorageUnavailable e) {
                throw new StorageUnavailable(
                        "profile \"%s\": %s could not be removed from its volume yet (%s)"
                                .formatted(profile, directory, e.getMessage()),
                        e);
            }
        }
    }

    @Override
    public void close() {
        try {
            if (contents != Contents.GO_WITH_THE_VOLUME) {
                data.stream().limit(1).map(shared -> shared.volume().volume()).forEach(this::clean);
            }
        } finally {
            unmake();
        }
    }

    /** Removes this run's directories from a volume that isn't berth's. */
    private void clean(Volume volume) {
        String berth = DATA_PATH + "/berth";
        // Shared with other runs: removed only when nothing of anyone is left in them.
        String script =
                "cd %s 2> /dev/null || exit 0; rm -rf runs/%s%s; rmdir runs data . 2> /dev/null; rmdir %s 2> /dev/null; [ ! -e %s/runs/%s ]"
                        .formatted(
                                berth,
                                run.run(),
                                contents == Contents.KEEP_DATA_SETS ? "" : " data",
                                berth,
                                berth,
                                run.run());
        try {
            inPod("clean", volume, script);
        } catch (StorageUnavailable e) {
            throw new StorageUnavailable(
                    "profile \"%s\": berth/runs/%s could not be removed from its volume (%s); remove it by hand"
                            .formatted(profile, run.run(), e.getMessage()),
                    e);
        }
    }

    /** A pod that has ended well, with when and with what it printed. */
    private record Ended(Pod pod, PodSteps steps, String printed) {}

    /**
     * Runs a shell script where the volume is mounted.
     *
     * @param purpose names the pod
     * @throws StorageUnavailable if it didn't end well
     */
    private Ended inPod(String purpose, Volume volume, String script) {
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
                                // Starting a container takes more than a script does, and would last a second at what
                                // is asked for.
                                .addToLimits("cpu", new Quantity("500m"))
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
            PodSteps steps = new PodSteps(Set.of(purpose), System.nanoTime());
            Pod ended = resource.waitUntilCondition(
                    seen -> {
                        if (seen != null) {
                            steps.seen(seen, System.nanoTime());
                        }
                        return seen == null || hasEnded(seen, purpose);
                    },
                    SCRIPT_SECONDS,
                    TimeUnit.SECONDS);
            String printed =
                    ended == null ? "it is gone" : log(pod.getMetadata().getName(), purpose);
            if (ended == null || !hasSucceeded(ended, purpose)) {
                throw new StorageUnavailable(
                        "pod %s has failed: %s".formatted(pod.getMetadata().getName(), printed.strip()));
            }
            return new Ended(ended, steps, printed);
        } catch (KubernetesClientException e) {
            throw new StorageUnavailable(
                    "pod %s: %s".formatted(pod.getMetadata().getName(), e.getMessage()), e);
        } finally {
            discard(resource);
        }
    }

    /** An ended pod costs nothing: one that stays goes with whatever has the run's label. */
    private static void discard(PodResource pod) {
        try {
            pod.withGracePeriod(0).delete();
        } catch (KubernetesClientException e) {
            // What it printed, or why it failed, matters more.
        }
    }

    private String log(String pod, String container) {
        try {
            return cluster.log(pod, container);
        } catch (IOException e) {
            throw new StorageUnavailable(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Its container's state says so a second before its phase, for which kubelet first cleans up. A pod that never began has a
     * phase alone.
     */
    private static boolean hasEnded(Pod pod, String container) {
        return exitCode(pod, container).isPresent()
                || (pod.getStatus() != null
                        && List.of("Succeeded", "Failed")
                                .contains(pod.getStatus().getPhase()));
    }

    private static boolean hasSucceeded(Pod pod, String container) {
        return exitCode(pod, container).filter(code -> code == 0).isPresent();
    }

    private static Optional<Integer> exitCode(Pod pod, String container) {
        return PodSteps.main(pod, Set.of(container))
                .map(ContainerStatus::getState)
                .map(ContainerState::getTerminated)
                .map(ContainerStateTerminated::getExitCode);
    }
}

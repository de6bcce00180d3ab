package io.berth.runner.doctor;

import io.berth.model.check.Trouble;
import io.berth.model.plan.Plan;
import io.berth.model.plan.PlannedWorkload;
import io.berth.model.plan.Trial;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.runner.submit.kubernetes.Leftovers;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Looks at everything that a run of a plan would need, and measures nothing. It opens each profile's storage as a run does
 * and, on Kubernetes, writes a file from a pod like an executor's. What it makes carries the run's label and is removed.
 */
public final class Doctor {
    /** With less, even the shipped suites may fill a storage; a round number, not a measured one. */
    static final long LEAST_FREE_BYTES = 512L << 20;

    private static final int AT_ONCE = 4;

    private final Plan plan;
    private final Optional<Cluster> cluster;
    private final Path logs;
    private final Duration patience;
    private final InstantSource clock;
    private final CompletableFuture<Void> interruption = new CompletableFuture<>();

    /** Threads that wait for servers which a profile deploys. Guarded by itself. */
    private final Set<Thread> deploying = new HashSet<>();

    /**
     * A doctor.
     *
     * @param cluster  where applications would run, if that is a Kubernetes; not closed
     * @param logs     where servers that a storage starts write theirs
     * @param patience how long a pod may take to start
     * @param clock    this machine's
     */
    public Doctor(Plan plan, Optional<Cluster> cluster, Path logs, Duration patience, InstantSource clock) {
        this.plan = plan;
        this.cluster = cluster;
        this.logs = logs;
        this.patience = patience;
        this.clock = clock;
    }

    /** Ends the look: what waits doesn't any longer, and what was made is removed. May be called from any thread. */
    public void interrupt() {
        interruption.complete(null);
        synchronized (deploying) {
            deploying.forEach(Thread::interrupt);
        }
    }

    /** Whether {@link #interrupt} was called. */
    public boolean interrupted() {
        return interruption.isDone();
    }

    /**
     * What is not as a run needs it: first what concerns all profiles, then by profile. Of an interrupted look only what could
     * not be removed.
     */
    public List<Finding> examine() {
        List<Finding> findings = new ArrayList<>();
        if (cluster.isPresent()) {
            findings.addAll(new ClusterLook(cluster.get(), plan).look());
            Set<String> codes = new HashSet<>();
            findings.forEach(finding -> codes.add(finding.code()));
            // Whatever else would be found follows from these.
            if (codes.contains(FindingKind.CLUSTER_UNREACHABLE.code())
                    || codes.contains(FindingKind.NAMESPACE_MISSING.code())
                    || codes.contains(FindingKind.RIGHT_MISSING.code())) {
                return findings;
            }
        }
        try {
            findings.addAll(profiles());
        } finally {
            if (interrupted()) {
                findings.clear();
            }
            cluster.ifPresent(it -> remove(it, findings));
        }
        return findings;
    }

    private static void remove(Cluster cluster, List<Finding> findings) {
        try {
            new Leftovers(cluster).remove();
        } catch (StorageUnavailable e) {
            findings.add(FindingKind.STORAGE_UNAVAILABLE.of("what was made for the look stays: " + e.getMessage()));
        }
    }

    /** Nothing is measured, so several may be looked at at once: what takes time is to wait for Kubernetes. */
    private List<Finding> profiles() {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<List<Finding>>> looks = plan.profiles().stream()
                    .map(profile -> threads.submit(() -> profile(profile)))
                    .toList();
            List<Finding> findings = new ArrayList<>();
            for (Future<List<Finding>> look : looks) {
                findings.addAll(look.get());
            }
            return findings;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while looking at the profiles", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private List<Finding> profile(StorageProfile profile) {
        if (interrupted()) {
            return List.of();
        }
        StorageBackend backend = StorageBackends.named(profile.backend()).orElseThrow();
        if (cluster.isPresent() && !backend.reachesPods()) {
            return List.of(FindingKind.BACKEND_OUT_OF_REACH.in(
                    profile.name(), "a storage of backend %s is on this machine".formatted(profile.backend())));
        }
        List<Finding> findings = new ArrayList<>();
        Set<Role> roles = EnumSet.noneOf(Role.class);
        plan.workloads().forEach(workload -> roles.addAll(workload.roles()));
        roles.retainAll(backend.roles());
        Trial trial = new Trial("doctor-" + profile.name(), Trial.Kind.MEASURE, 1, 0, "doctor", profile.name());
        Storage storage;
        try {
            storage = open(profile);
        } catch (StorageUnavailable e) {
            return List.of(found(profile, e));
        }
        boolean used = true;
        try {
            Binding binding = storage.bind(trial, roles);
            if (cluster.isPresent()) {
                used = !interrupted() && inCluster(profile, binding, findings);
            } else {
                here(profile, binding, findings);
            }
        } catch (StorageUnavailable e) {
            findings.add(found(profile, e));
        } catch (KubernetesClientException e) {
            findings.add(FindingKind.STORAGE_UNAVAILABLE.in(profile.name(), Cluster.reason(e)));
        } finally {
            // Volumes that no pod could mount have nothing to clean; their objects go with all others.
            close(profile, storage, used ? Optional.of(trial) : Optional.empty(), findings);
        }
        return findings;
    }

    private Storage open(StorageProfile profile) {
        if (profile.deploy().isEmpty()) {
            return open(profile, plan.run(), logs, cluster);
        }
        // Servers take minutes to become ready, or not to. What they have made by then goes with everything of the
        // label.
        Thread thread = Thread.currentThread();
        synchronized (deploying) {
            deploying.add(thread);
            if (interrupted()) {
                thread.interrupt();
            }
        }
        try {
            return open(profile, plan.run(), logs, cluster);
        } finally {
            synchronized (deploying) {
                deploying.remove(thread);
                // What is removed now must not be interrupted.
                Thread.interrupted();
            }
        }
    }

    /** Profiles may be of one storage: what one of them is done with another may still use. */
    private static Storage open(StorageProfile profile, String run, Path logs, Optional<Cluster> cluster) {
        return StorageBackends.open(keeping(profile), scope(profile, run, logs, cluster));
    }

    private static RunScope scope(StorageProfile profile, String run, Path logs, Optional<Cluster> cluster) {
        return new RunScope(run + "-" + profile.name(), logs, cluster);
    }

    /**
     * Removes what a look that was killed has left on storages which its cluster doesn't remove.
     *
     * @param plan    with the profiles of that look
     * @param cluster with the label of that look
     * @param logs    as of a doctor
     * @return what is wrong with storages that can't be reached, and so were left alone
     */
    public static List<String> sweep(Plan plan, Cluster cluster, Path logs) {
        List<String> unswept = new ArrayList<>();
        for (StorageProfile profile : plan.profiles()) {
            StorageBackend backend = StorageBackends.named(profile.backend()).orElseThrow();
            if (backend.reachesPods() && profile.deploy().isEmpty() && backend.outlivesTheRun(profile)) {
                try {
                    backend.sweep(keeping(profile), scope(profile, cluster.run(), logs, Optional.of(cluster)));
                } catch (StorageUnavailable e) {
                    unswept.add(String.valueOf(e.getMessage()));
                } catch (KubernetesClientException e) {
                    unswept.add("profile \"%s\": Kubernetes refuses (%s)".formatted(profile.name(), Cluster.reason(e)));
                }
            }
        }
        return unswept;
    }

    private static void close(
            StorageProfile profile, Storage storage, Optional<Trial> written, List<Finding> findings) {
        try {
            if (written.isPresent()) {
                storage.cleanUp(written.get());
                storage.close();
            } else {
                storage.abandon();
            }
        } catch (StorageUnavailable e) {
            findings.add(found(profile, e));
        }
    }

    /** Data sets of runs stay, whatever the profile says of its own. */
    private static StorageProfile keeping(StorageProfile profile) {
        StorageBackend backend = StorageBackends.named(profile.backend()).orElseThrow();
        if (backend.settings().stream().noneMatch(setting -> setting.name().equals("keepData"))) {
            return profile;
        }
        Map<String, Object> settings = new HashMap<>(profile.settings());
        settings.put("keepData", true);
        return profile.withSettings(settings);
    }

    /** Whether the storage was or could have been written to by a pod. */
    private boolean inCluster(StorageProfile profile, Binding binding, List<Finding> findings) {
        boolean mounted = !binding.volumes().isEmpty();
        VolumeLook volumes = new VolumeLook(
                cluster.orElseThrow(),
                profile.name(),
                binding.volumes().stream().map(PodVolume::volume).toList());
        findings.addAll(volumes.look());
        if (findings.stream().anyMatch(it -> it.code().equals(FindingKind.CLASS_MISSING.code()))) {
            return false;
        }
        PodLook pod = look(profile, Optional.empty());
        findings.addAll(pod.look(binding));
        if (profile.equals(plan.profiles().get(0))) {
            // Further images differ in what is in them, whatever the profile.
            plan.workloads().stream()
                    .map(PlannedWorkload::sparkVersion)
                    .filter(Optional::isPresent)
                    .distinct()
                    .forEach(spark -> findings.addAll(look(profile, spark).look(binding)));
        }
        if (!pod.started()) {
            findings.addAll(volumes.suspicions());
        }
        return pod.started() || !mounted;
    }

    private PodLook look(StorageProfile profile, Optional<String> sparkVersion) {
        return new PodLook(cluster.orElseThrow(), profile.name(), sparkVersion, patience, clock, interruption);
    }

    // --- without a cluster -------------------------------------------------------------

    private void here(StorageProfile profile, Binding binding, List<Finding> findings) {
        Optional<Path> data = Optional.ofNullable(binding.uris().get(Role.DATA))
                .map(URI::create)
                .filter(uri -> "file".equals(uri.getScheme()))
                .map(Path::of);
        if (data.isEmpty()) {
            // Opened as for a run, which has written and read.
            return;
        }
        try {
            Path file = Files.createTempFile(data.get(), "doctor", "");
            Files.delete(file);
            long free = Files.getFileStore(data.get()).getUsableSpace();
            if (free < LEAST_FREE_BYTES) {
                findings.add(FindingKind.SPACE_SHORT.in(
                        profile.name(),
                        "%s has %d MiB left, and data sets take %d MiB and more"
                                .formatted(data.get(), free >> 20, LEAST_FREE_BYTES >> 20)));
            }
        } catch (IOException e) {
            findings.add(FindingKind.WRITE_REFUSED.in(
                    profile.name(), "no file can be written in %s (%s)".formatted(data.get(), e)));
        }
    }

    private static Finding found(StorageProfile profile, StorageUnavailable e) {
        Trouble trouble = e.trouble();
        String text = String.valueOf(e.getMessage());
        String prefix = "profile \"%s\": ".formatted(profile.name());
        return FindingKind.by(trouble)
                .in(profile.name(), text.startsWith(prefix) ? text.substring(prefix.length()) : text);
    }
}

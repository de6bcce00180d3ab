package io.berth.runner.lifecycle;

import io.berth.model.volumes.VolumeLife;
import io.berth.model.volumes.VolumeMoment;
import io.berth.model.volumes.VolumeStep;
import io.berth.model.volumes.VolumeWave;
import io.berth.runner.submit.kubernetes.Leftovers;
import io.berth.runner.submit.kubernetes.Reasons;
import io.berth.storage.Cluster;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Volumes of one class that go through their lives at once, step by step. */
final class Wave implements AutoCloseable {
    /** What is sent at once. More requests would wait in the API server and not here. */
    private static final int SENDERS = 16;

    private static final BigDecimal GROWTH_BYTES = BigDecimal.valueOf(1L << 30);
    private static final String POD = "Pod";
    private static final String CLAIM = "PersistentVolumeClaim";
    private static final String SNAPSHOT = "VolumeSnapshot";

    private final Cluster cluster;
    private final String profile;
    private final StorageClass storageClass;
    private final PersistentVolumeClaimSpec spec;
    private final int count;
    private final Duration limit;
    private final BooleanSupplier interrupted;
    private final ClassAbilities abilities;
    private final LifeManifests manifests;
    private final List<String> claims;
    private final LifeWatch watch;
    private final ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
    private final Map<VolumeStep, String> unmeasured = new EnumMap<>(VolumeStep.class);
    private Quantity size;

    /**
     * Begins to watch.
     *
     * @param spec        of each claim, with its class
     * @param size        that it asks for
     * @param interrupted whether to begin no further step; whoever makes it true wakes the wave
     * @throws KubernetesClientException if what has to be can't be watched
     */
    Wave(
            Cluster cluster,
            String profile,
            StorageClass storageClass,
            PersistentVolumeClaimSpec spec,
            Quantity size,
            int count,
            BooleanSupplier interrupted) {
        this.cluster = cluster;
        this.profile = profile;
        this.storageClass = storageClass;
        this.spec = spec;
        this.count = count;
        this.limit = Duration.ofSeconds(cluster.startLimitSeconds());
        this.interrupted = interrupted;
        this.abilities = ClassAbilities.of(cluster, storageClass);
        this.manifests = new LifeManifests(cluster);
        this.size = size;
        this.claims = IntStream.rangeClosed(1, count)
                .mapToObj(i -> "%s-%s-%d-%d".formatted(cluster.run(), profile, count, i))
                .toList();
        this.watch = new LifeWatch(
                cluster, new Lives(claims), abilities.snapshotClass().isPresent());
        unmeasured.putAll(abilities.unmeasured());
        unmeasured.putAll(watch.unseen());
        unmeasured.keySet().removeAll(abilities.unsupported().keySet());
    }

    /** Looks again whether it is interrupted. */
    void wake() {
        watch.wake();
    }

    /** Goes through all steps, as far as they go. */
    VolumeWave run(InstantSource clock) {
        long origin = System.nanoTime();
        Instant startedAt = clock.instant();
        Optional<String> end = Optional.empty();
        try {
            if (!mount()) {
                end = Optional.of("not all pods came up");
            } else {
                expand();
                snapshotAndRestore();
                end = unmount() ? Optional.empty() : Optional.of("not all pods went");
                if (end.isEmpty()) {
                    delete();
                }
            }
        } catch (KubernetesClientException e) {
            end = Optional.of(Cluster.reason(e));
        }
        return result(origin, startedAt, interrupted.getAsBoolean() ? "interrupted" : end.orElse("not seen"));
    }

    private VolumeWave result(long origin, Instant startedAt, String otherwise) {
        List<VolumeLife> lives = watch.ask(it -> it.since(origin));
        for (VolumeStep step : VolumeStep.values()) {
            if (!abilities.unsupported().containsKey(step)
                    && lives.stream()
                            .anyMatch(life -> step.nanos(life.momentNanos()).isEmpty())) {
                unmeasured.putIfAbsent(step, otherwise);
            }
        }
        return new VolumeWave(
                profile,
                storageClass.getMetadata().getName(),
                storageClass.getProvisioner(),
                count,
                startedAt,
                lives,
                abilities.unsupported(),
                unmeasured);
    }

    // --- steps -------------------------------------------------------------------------

    private boolean mount() {
        each(VolumeMoment.CLAIMED, claim -> create(manifests.claim(claim, spec)));
        // One that waits for its pod is bound between the two.
        if (!abilities.waits() && !reached(VolumeStep.BIND, VolumeMoment.BOUND)) {
            return false;
        }
        each(VolumeMoment.POD_MADE, claim -> create(manifests.pod(claim, claim, podSeconds())));
        return reached(VolumeStep.BIND, VolumeMoment.BOUND) && reached(VolumeStep.MOUNT, VolumeMoment.STARTED);
    }

    /** Longer than all steps together may take. */
    private long podSeconds() {
        return limit.toSeconds() * VolumeStep.values().length;
    }

    private void expand() {
        if (leftOut(VolumeStep.EXPAND)) {
            return;
        }
        size = new Quantity(size.getNumericalAmount().add(GROWTH_BYTES).toPlainString());
        watch.ask(lives -> {
            lives.want(size);
            return true;
        });
        String patch = "{\"spec\": {\"resources\": {\"requests\": {\"storage\": \"%s\"}}}}".formatted(size.toString());
        attempt(VolumeStep.EXPAND, () -> {
            each(VolumeMoment.EXPANSION_ASKED, claim -> cluster.client()
                    .persistentVolumeClaims()
                    .inNamespace(cluster.namespace())
                    .withName(claim)
                    .patch(PatchContext.of(PatchType.JSON_MERGE), patch));
            reached(VolumeStep.EXPAND, VolumeMoment.EXPANDED);
        });
    }

    private void snapshotAndRestore() {
        if (leftOut(VolumeStep.SNAPSHOT)) {
            return;
        }
        attempt(VolumeStep.SNAPSHOT, () -> {
            String snapshotClass = abilities.snapshotClass().orElseThrow();
            each(VolumeMoment.SNAPSHOT_ASKED, claim -> create(manifests.snapshot(claim, claim, snapshotClass)));
            if (!reached(VolumeStep.SNAPSHOT, VolumeMoment.SNAPSHOT_READY)) {
                unmeasured.putIfAbsent(VolumeStep.RESTORE, "not all snapshots were ready");
            }
        });
        if (leftOut(VolumeStep.RESTORE)) {
            return;
        }
        attempt(VolumeStep.RESTORE, () -> {
            each(VolumeMoment.RESTORE_ASKED, claim -> {
                String restored = Lives.restored(claim);
                create(manifests.restored(restored, spec, claim, restoredSize(claim)));
                if (abilities.waits()) {
                    create(manifests.pod(restored, restored, podSeconds()));
                }
            });
            reached(VolumeStep.RESTORE, VolumeMoment.RESTORED);
        });
    }

    private Quantity restoredSize(String claim) {
        return watch.ask(lives -> lives.restoreSize(claim))
                .filter(it -> it.getNumericalAmount().compareTo(size.getNumericalAmount()) > 0)
                .orElse(size);
    }

    private boolean unmount() {
        each(VolumeMoment.POD_TOLD, claim -> delete(POD, claim));
        each(Lives::restored, restored -> delete(POD, restored));
        if (!reached(VolumeStep.UNMOUNT, VolumeMoment.POD_GONE)) {
            return false;
        }
        if (!leftOut(VolumeStep.DETACH) && !await(lives -> !lives.anyAttached())) {
            missed(VolumeStep.DETACH, watch.ask(lives -> lives.without(VolumeMoment.DETACHED)));
        }
        return true;
    }

    /** What was made from the volumes goes first, so that nothing else goes on while they are deleted. */
    private void delete() {
        if (abilities.snapshotClass().isPresent()) {
            each(Lives::restored, restored -> delete(CLAIM, restored));
            each(claim -> claim, snapshot -> delete(SNAPSHOT, snapshot));
            await(lives -> claims.stream()
                    .noneMatch(it -> lives.stands(CLAIM, Lives.restored(it)).isPresent()
                            || lives.stands(SNAPSHOT, it).isPresent()));
            if (!unmeasured.containsKey(VolumeStep.DELETE)) {
                await(lives -> !lives.anyRestoredVolume());
            }
        }
        each(VolumeMoment.DELETION_ASKED, claim -> delete(CLAIM, claim));
        if (!leftOut(VolumeStep.DELETE)) {
            reached(VolumeStep.DELETE, VolumeMoment.DELETED);
        }
    }

    private boolean leftOut(VolumeStep step) {
        return interrupted.getAsBoolean() || abilities.unsupported().containsKey(step) || unmeasured.containsKey(step);
    }

    /** A step without which the others go on. */
    private void attempt(VolumeStep step, Runnable action) {
        try {
            action.run();
        } catch (KubernetesClientException e) {
            unmeasured.put(step, Cluster.reason(e));
        }
    }

    /** Whether all volumes have come to a moment before the step has taken too long. */
    private boolean reached(VolumeStep step, VolumeMoment moment) {
        if (await(lives -> lives.without(moment).isEmpty())) {
            return true;
        }
        if (!interrupted.getAsBoolean()) {
            missed(step, watch.ask(lives -> lives.without(moment)));
        }
        return false;
    }

    private boolean await(Predicate<Lives> condition) {
        return watch.await(lives -> interrupted.getAsBoolean() || condition.test(lives), limit)
                && !interrupted.getAsBoolean();
    }

    private void missed(VolumeStep step, List<String> missing) {
        unmeasured.put(
                step,
                "%d of %d not within %d s%s"
                        .formatted(
                                missing.size(),
                                count,
                                limit.toSeconds(),
                                missing.stream()
                                        .flatMap(it -> warning(it).stream())
                                        .findFirst()
                                        .map(it -> ": " + it)
                                        .orElse("")));
    }

    /** The newest that Kubernetes has to say of a claim or of what was made for it. */
    private Optional<String> warning(String claim) {
        List<String> uids = new ArrayList<>();
        for (String kind : List.of(POD, SNAPSHOT, CLAIM)) {
            watch.ask(lives -> lives.stands(kind, claim)).ifPresent(uids::add);
        }
        watch.ask(lives -> lives.stands(CLAIM, Lives.restored(claim))).ifPresent(uids::add);
        try {
            for (String uid : uids) {
                Optional<Event> newest = cluster.warnings(uid).stream().findFirst();
                if (newest.isPresent()) {
                    return newest.map(it -> Reasons.text(it.getReason(), it.getMessage()));
                }
            }
        } catch (KubernetesClientException e) {
            // Events may not be read.
        }
        return Optional.empty();
    }

    // --- requests ----------------------------------------------------------------------

    private void create(HasMetadata object) {
        Leftovers.resource(cluster, object).create();
    }

    private void delete(String kind, String name) {
        if (watch.ask(lives -> lives.stands(kind, name)).isEmpty()) {
            return;
        }
        MixedOperation<?, ?, ? extends Resource<?>> objects =
                switch (kind) {
                    case POD -> cluster.client().pods();
                    case CLAIM -> cluster.client().persistentVolumeClaims();
                    default -> cluster.client().genericKubernetesResources(Leftovers.SNAPSHOTS);
                };
        objects.inNamespace(cluster.namespace()).withName(name).delete();
    }

    private void each(VolumeMoment moment, Consumer<String> request) {
        each(claim -> claim, claim -> {
            watch.note(claim, moment);
            request.accept(claim);
        });
    }

    /** Sends a request for each claim, several at once, and returns when all have been answered. */
    private void each(UnaryOperator<String> name, Consumer<String> request) {
        List<Future<?>> sent = new ArrayList<>();
        for (String claim : claims) {
            sent.add(senders.submit(() -> request.accept(name.apply(claim))));
        }
        try {
            for (Future<?> answer : sent) {
                answer.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof KubernetesClientException refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        senders.shutdownNow();
        watch.close();
    }
}

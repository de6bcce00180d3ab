package io.berth.runner.lifecycle;

import io.berth.model.volumes.VolumeMoment;
import io.berth.model.volumes.VolumeStep;
import io.berth.runner.submit.kubernetes.Leftovers;
import io.berth.storage.Cluster;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Follows everything that the lives of volumes consist of, by a watch of each kind, and dates what it hears by this process'
 * monotonic clock.
 */
final class LifeWatch implements AutoCloseable {
    private final Lives lives;
    private final List<SharedIndexInformer<?>> informers = new ArrayList<>();
    private final Map<VolumeStep, String> unseen = new EnumMap<>(VolumeStep.class);

    /**
     * Begins to watch; what exists already has been heard of when this returns.
     *
     * @param snapshots whether some will be made
     * @throws KubernetesClientException if claims, pods or snapshots can't be watched
     */
    LifeWatch(Cluster cluster, Lives lives, boolean snapshots) {
        this.lives = lives;
        try {
            follow(
                    cluster.client()
                            .persistentVolumeClaims()
                            .inNamespace(cluster.namespace())
                            .withLabel(Cluster.RUN_LABEL, cluster.run()),
                    lives::seen,
                    (claim, now) -> lives.gone(claim));
            follow(
                    cluster.client()
                            .pods()
                            .inNamespace(cluster.namespace())
                            .withLabel(Cluster.RUN_LABEL, cluster.run()),
                    lives::seen,
                    lives::gone);
            if (snapshots) {
                follow(
                        cluster.client()
                                .genericKubernetesResources(Leftovers.SNAPSHOTS)
                                .inNamespace(cluster.namespace())
                                .withLabel(Cluster.RUN_LABEL, cluster.run()),
                        lives::seen,
                        (snapshot, now) -> lives.gone(snapshot));
            }
            // Neither is in a namespace or has a label of ours.
            ifPermitted("persistentvolumes", List.of(VolumeStep.DELETE), () -> {
                follow(cluster.client().persistentVolumes(), lives::seen, lives::gone);
            });
            ifPermitted("volumeattachments", List.of(VolumeStep.ATTACH, VolumeStep.DETACH), () -> {
                follow(cluster.client().storage().v1().volumeAttachments(), lives::seen, lives::gone);
            });
        } catch (KubernetesClientException e) {
            close();
            throw e;
        }
    }

    private <T> void follow(Informable<T> kind, ObjLongConsumer<T> seen, ObjLongConsumer<T> gone) {
        informers.add(kind.inform(new ResourceEventHandler<>() {
            @Override
            public void onAdd(T object) {
                heard(seen, object);
            }

            @Override
            public void onUpdate(T before, T object) {
                heard(seen, object);
            }

            @Override
            public void onDelete(T object, boolean unknown) {
                heard(gone, object);
            }
        }));
    }

    private synchronized <T> void heard(ObjLongConsumer<T> of, T object) {
        of.accept(object, System.nanoTime());
        notifyAll();
    }

    private void ifPermitted(String resource, List<VolumeStep> steps, Runnable follow) {
        try {
            follow.run();
        } catch (KubernetesClientException e) {
            if (!isForbidden(e)) {
                throw e;
            }
            steps.forEach(
                    step -> unseen.put(step, "%s may not be watched; see deploy/lifecycle.yaml".formatted(resource)));
        }
    }

    /** An informer that can't start wraps the reason. */
    private static boolean isForbidden(KubernetesClientException e) {
        for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof KubernetesClientException refused
                    && refused.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
                return true;
            }
        }
        return false;
    }

    /** The steps of which nothing will be heard, and why. */
    Map<VolumeStep, String> unseen() {
        return Map.copyOf(unseen);
    }

    /** Something that this process is about to do. */
    synchronized void note(String claim, VolumeMoment moment) {
        lives.note(claim, moment, System.nanoTime());
    }

    /** Asks, or tells, while nothing is heard. */
    synchronized <T> T ask(Function<Lives, T> question) {
        return question.apply(lives);
    }

    /**
     * Waits until something holds.
     *
     * @return whether it does; not if the time has passed or the thread was interrupted
     */
    synchronized boolean await(Predicate<Lives> condition, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!condition.test(lives)) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Wakes up whoever waits, to look again. */
    synchronized void wake() {
        notifyAll();
    }

    @Override
    public void close() {
        informers.forEach(SharedIndexInformer::close);
    }
}

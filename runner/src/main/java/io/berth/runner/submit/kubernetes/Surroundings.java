package io.berth.runner.submit.kubernetes;

import io.berth.storage.Cluster;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Watchable;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * What isn't in the status of pods but in their events and in claims, by one watch of each. Nothing is kept: the events of a
 * long run would take more memory than its results. Where berth may not watch them nobody is told, and that is no reason to
 * stop.
 */
final class Surroundings implements AutoCloseable {
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    Surroundings(Cluster cluster, Consumer<Event> events, Consumer<PersistentVolumeClaim> claims) {
        follow(cluster.client().v1().events().inNamespace(cluster.namespace()), events);
        var all = cluster.client().persistentVolumeClaims().inNamespace(cluster.namespace());
        try {
            // A watch tells of them, too, but at some time after it has begun: a claim would seem bound when a trial
            // ran already.
            all.list().getItems().forEach(claims);
        } catch (KubernetesClientException e) {
            // It may not be asked.
        }
        follow(all, claims);
    }

    private <T> void follow(Watchable<T> kind, Consumer<T> seen) {
        try {
            watches.add(kind.watch(new Watcher<T>() {
                @Override
                public void eventReceived(Action action, T object) {
                    if (action == Action.ADDED || action == Action.MODIFIED) {
                        seen.accept(object);
                    }
                }

                @Override
                public void onClose(WatcherException cause) {
                    // The API server has forgotten where it was.
                    if (cause.isHttpGone() && !closed) {
                        follow(kind, seen);
                    }
                }
            }));
        } catch (KubernetesClientException e) {
            // It may not be asked.
        }
    }

    @Override
    public void close() {
        closed = true;
        watches.forEach(Watch::close);
    }
}

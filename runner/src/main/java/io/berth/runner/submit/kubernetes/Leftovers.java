package io.berth.runner.submit.kubernetes;

import io.berth.storage.Cluster;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The objects that carry the label of one run. What they own goes with them. */
public final class Leftovers {
    /** Of the snapshot API, which is no part of Kubernetes itself. */
    public static final ResourceDefinitionContext SNAPSHOTS = new ResourceDefinitionContext.Builder()
            .withGroup("snapshot.storage.k8s.io")
            .withVersion("v1")
            .withKind("VolumeSnapshot")
            .withPlural("volumesnapshots")
            .withNamespaced(true)
            .build();

    private static final long GONE_SECONDS = 60;

    private final Cluster cluster;

    public Leftovers(Cluster cluster) {
        this.cluster = cluster;
    }

    /**
     * What is there, as {@code kind/name}, in the order in which it may be removed: users of volumes first.
     *
     * @throws StorageUnavailable if the cluster can't be asked
     */
    public List<String> names() {
        return objects().stream().map(Leftovers::name).toList();
    }

    /**
     * Removes what is there, and returns when the API server has.
     *
     * @throws StorageUnavailable naming what stays
     */
    public void remove() {
        for (HasMetadata object : objects()) {
            try {
                // Nothing of ours has anything to finish.
                Resource<? extends HasMetadata> resource = resource(cluster, object);
                resource.withGracePeriod(0).delete();
                resource.waitUntilCondition(Objects::isNull, GONE_SECONDS, TimeUnit.SECONDS);
            } catch (KubernetesClientException e) {
                throw new StorageUnavailable("%s can't be removed (%s)".formatted(name(object), e.getMessage()), e);
            }
        }
    }

    /**
     * The pods of applications that haven't ended, which only a runner that still goes on has, or one that was killed a moment
     * ago.
     *
     * @throws StorageUnavailable if the cluster can't be asked
     */
    public List<String> running() {
        try {
            return cluster
                    .client()
                    .pods()
                    .inNamespace(cluster.namespace())
                    .withLabel(Cluster.RUN_LABEL, cluster.run())
                    .withLabel(ApplicationManifests.APPLICATION_LABEL)
                    .list()
                    .getItems()
                    .stream()
                    .filter(pod -> !PodWatch.hasEnded(pod))
                    .map(pod -> pod.getMetadata().getName())
                    .toList();
        } catch (KubernetesClientException e) {
            throw new StorageUnavailable(
                    "the pods of namespace %s can't be listed (%s)".formatted(cluster.namespace(), e.getMessage()), e);
        }
    }

    /** What is done to an object, also to a snapshot, of which the client knows nothing. */
    public static Resource<? extends HasMetadata> resource(Cluster cluster, HasMetadata object) {
        return object instanceof GenericKubernetesResource snapshot
                ? cluster.client()
                        .genericKubernetesResources(SNAPSHOTS)
                        .inNamespace(cluster.namespace())
                        .resource(snapshot)
                : cluster.client().resource(object);
    }

    private List<HasMetadata> objects() {
        KubernetesClient client = cluster.client();
        List<HasMetadata> objects = new ArrayList<>();
        objects.addAll(permitted(() -> labelled(client.apps().statefulSets())));
        objects.addAll(permitted(() -> labelled(client.apps().deployments())));
        try {
            objects.addAll(labelled(client.pods()));
            objects.addAll(labelled(client.services()));
            objects.addAll(labelled(client.configMaps()));
            objects.addAll(labelled(client.secrets()));
            // Before the claims that they are of.
            objects.addAll(permitted(() -> labelled(client.genericKubernetesResources(SNAPSHOTS))));
            objects.addAll(labelled(client.persistentVolumeClaims()));
        } catch (KubernetesClientException e) {
            throw new StorageUnavailable(
                    "the objects of namespace %s can't be listed (%s)".formatted(cluster.namespace(), e.getMessage()),
                    e);
        }
        objects.addAll(permitted(() -> labelledAnywhere(client.persistentVolumes())));
        objects.addAll(permitted(() -> labelledAnywhere(client.storage().v1().storageClasses())));
        return objects;
    }

    private <T extends HasMetadata> List<T> labelled(MixedOperation<T, ? extends KubernetesResourceList<T>, ?> kind) {
        return labelledAnywhere(kind.inNamespace(cluster.namespace()));
    }

    private <T extends HasMetadata> List<T> labelledAnywhere(
            NonNamespaceOperation<T, ? extends KubernetesResourceList<T>, ?> kind) {
        return kind.withLabel(Cluster.RUN_LABEL, cluster.run()).list().getItems();
    }

    /** Who may not list them hasn't made any. */
    private <T extends HasMetadata> List<T> permitted(Supplier<List<T>> list) {
        try {
            return list.get();
        } catch (KubernetesClientException e) {
            // Not found: the cluster has no such API.
            if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return List.of();
            }
            throw new StorageUnavailable(
                    "servers, snapshots, volumes and classes can't be listed (%s)".formatted(e.getMessage()), e);
        }
    }

    private static String name(HasMetadata object) {
        return object.getKind().toLowerCase(Locale.ROOT) + "/"
                + object.getMetadata().getName();
    }
}

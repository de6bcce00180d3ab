package io.berth.storage;

import io.berth.model.suite.StorageProfile;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The servers of a storage that isn't there already: the objects of {@link StorageProfile#deploy}, made in the namespace of
 * the run and labelled with it. In their texts, and in the profile's settings, stand for
 *
 * <ul>
 *   <li>{@code ${name}}: a name of this run and profile alone; selectors need it, too
 *   <li>{@code ${namespace}} and {@code ${image}}: the suite's
 *   <li>{@code ${random}}: 20 random bytes in hexadecimal; the only value that a Secret may have
 *   <li>{@code ${address}}: the cluster address of the Service {@code ${name}}, which stands before whatever names it
 * </ul>
 */
final class DeployedServers implements AutoCloseable {
    private static final Map<String, Class<? extends HasMetadata>> KINDS = new TreeMap<>(Map.of(
            "ConfigMap", ConfigMap.class,
            "Secret", Secret.class,
            "Service", Service.class,
            "PersistentVolumeClaim", PersistentVolumeClaim.class,
            "Deployment", Deployment.class,
            "StatefulSet", StatefulSet.class));

    private static final String ADDRESS = "${address}";
    private static final String RANDOM = "${random}";
    private static final int RANDOM_BYTES = 20;
    private static final Duration RECOVERY = Duration.ofMinutes(1);
    private static final Duration REMOVAL = Duration.ofMinutes(2);

    private final StorageProfile profile;
    private final Cluster cluster;
    private final Map<String, String> meanings = new HashMap<>();
    private final List<HasMetadata> made = new ArrayList<>();

    /**
     * Makes what isn't there from an earlier process of the same run, and waits until it is ready.
     *
     * @throws StorageUnavailable if it can't be made or doesn't become ready; nothing is left then
     */
    DeployedServers(StorageProfile profile, Cluster cluster) {
        this.profile = profile;
        this.cluster = cluster;
        meanings.put("${name}", cluster.run() + "-" + profile.name());
        meanings.put("${namespace}", cluster.namespace());
        meanings.put("${image}", cluster.settings().image());
        try {
            profile.deploy().forEach(this::make);
            awaitReady(Duration.ofSeconds(cluster.startLimitSeconds()));
        } catch (RuntimeException e) {
            try {
                close();
            } catch (StorageUnavailable further) {
                e.addSuppressed(further);
            }
            throw e;
        }
    }

    /** The profile with the addresses of its servers. */
    StorageProfile resolved() {
        @SuppressWarnings("unchecked")
        Map<String, Object> settings = (Map<String, Object>) filledIn(profile.settings());
        return profile.withSettings(settings);
    }

    /**
     * Waits a moment for servers that Kubernetes is starting again.
     *
     * @throws StorageUnavailable if they don't come back
     */
    void check() {
        awaitReady(RECOVERY);
    }

    /**
     * Removes the servers and what they hold.
     *
     * @throws StorageUnavailable naming what stays
     */
    @Override
    public void close() {
        Collections.reverse(made);
        List<String> stay = new ArrayList<>();
        for (HasMetadata object : made) {
            try {
                cluster.client()
                        .resource(object)
                        .withPropagationPolicy(DeletionPropagation.FOREGROUND)
                        .delete();
            } catch (KubernetesClientException e) {
                stay.add("%s (%s)".formatted(named(object), e.getMessage()));
            }
        }
        for (HasMetadata object : made) {
            try {
                cluster.client()
                        .resource(object)
                        .waitUntilCondition(Objects::isNull, REMOVAL.toSeconds(), TimeUnit.SECONDS);
            } catch (KubernetesClientException e) {
                stay.add("%s (%s)".formatted(named(object), e.getMessage()));
            }
        }
        made.clear();
        if (!stay.isEmpty()) {
            throw new StorageUnavailable(
                    "profile \"%s\": of what it deployed these stay, remove them with kubectl delete -n %s: %s"
                            .formatted(profile.name(), cluster.namespace(), String.join(", ", stay)));
        }
    }

    private void make(Map<String, Object> source) {
        Object kind = source.get("kind");
        Class<? extends HasMetadata> type = kind == null ? null : KINDS.get(kind.toString());
        if (type == null) {
            throw new StorageUnavailable("profile \"%s\": deploy has an object of kind %s (allowed: %s)"
                    .formatted(profile.name(), kind, String.join(", ", KINDS.keySet())));
        }
        if (type == Secret.class) {
            refuseWrittenSecrets(source);
        }
        HasMetadata object = KubernetesWords.read(profile, "deploy", filledIn(source), type);
        ObjectMeta metadata = object.getMetadata();
        if (metadata == null || metadata.getName() == null) {
            throw new StorageUnavailable("profile \"%s\": deploy has a %s without metadata.name (such as ${name})"
                    .formatted(profile.name(), kind));
        }
        metadata.setNamespace(cluster.namespace());
        Map<String, String> labels = new TreeMap<>(metadata.getLabels() == null ? Map.of() : metadata.getLabels());
        labels.putAll(cluster.labels());
        metadata.setLabels(labels);
        HasMetadata there = created(object);
        made.add(there);
        if (there instanceof Service service && metadata.getName().equals(meanings.get("${name}"))) {
            meanings.put(ADDRESS, service.getSpec().getClusterIP());
        }
    }

    private HasMetadata created(HasMetadata object) {
        try {
            return cluster.make(object);
        } catch (KubernetesClientException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": its %s can't be made (%s)"
                            .formatted(profile.name(), named(object), e.getMessage()),
                    e);
        }
    }

    private void refuseWrittenSecrets(Map<String, Object> source) {
        Object values = source.get("stringData");
        boolean onlyRandom =
                values instanceof Map<?, ?> map && map.values().stream().allMatch(RANDOM::equals);
        if (source.containsKey("data") || !onlyRandom) {
            throw new StorageUnavailable(
                    "profile \"%s\": a Secret of deploy has values of its own (allowed: stringData with the value %s); name a Secret that is there already instead"
                            .formatted(profile.name(), RANDOM));
        }
    }

    /** A copy in which every text says what its placeholders mean. Others than ours are left: Hadoop has its own. */
    private Object filledIn(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> copy = new LinkedHashMap<>();
            map.forEach((key, child) -> copy.put(key instanceof String text ? filledIn(text) : key, filledIn(child)));
            return copy;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(this::filledIn).toList();
        }
        return value instanceof String text ? filledIn(text) : value;
    }

    private String filledIn(String text) {
        String filled = text;
        for (Map.Entry<String, String> meaning : meanings.entrySet()) {
            filled = filled.replace(meaning.getKey(), meaning.getValue());
        }
        if (filled.contains(ADDRESS)) {
            throw new StorageUnavailable(
                    "profile \"%s\": %s stands before the Service ${name} whose address it is, or there is none"
                            .formatted(profile.name(), ADDRESS));
        }
        while (filled.contains(RANDOM)) {
            byte[] drawn = new byte[RANDOM_BYTES];
            new SecureRandom().nextBytes(drawn);
            filled = filled.replace(RANDOM, HexFormat.of().formatHex(drawn));
        }
        return filled;
    }

    private void awaitReady(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        for (HasMetadata object : made) {
            if (object instanceof Deployment || object instanceof StatefulSet) {
                long left = Math.max(1, deadline - System.nanoTime());
                try {
                    cluster.client().resource(object).waitUntilReady(left, TimeUnit.NANOSECONDS);
                } catch (KubernetesClientTimeoutException e) {
                    throw new StorageUnavailable(
                            "profile \"%s\": its %s isn't ready after %d s: %s"
                                    .formatted(profile.name(), named(object), limit.toSeconds(), whatPodsSay(object)),
                            e);
                } catch (KubernetesClientException e) {
                    throw new StorageUnavailable(
                            "profile \"%s\": its %s can't be followed (%s)"
                                    .formatted(profile.name(), named(object), e.getMessage()),
                            e);
                }
            }
        }
    }

    private String whatPodsSay(HasMetadata object) {
        Map<String, String> selector = object instanceof Deployment deployment
                ? deployment.getSpec().getSelector().getMatchLabels()
                : ((StatefulSet) object).getSpec().getSelector().getMatchLabels();
        try {
            List<Pod> pods = cluster.client()
                    .pods()
                    .inNamespace(cluster.namespace())
                    .withLabels(selector)
                    .list()
                    .getItems();
            return pods.isEmpty()
                    ? "it has no pod; see kubectl describe -n %s %s".formatted(cluster.namespace(), named(object))
                    : pods.stream().map(DeployedServers::whatItSays).collect(Collectors.joining("; "));
        } catch (KubernetesClientException e) {
            return "its pods can't be listed (%s)".formatted(e.getMessage());
        }
    }

    private static String whatItSays(Pod pod) {
        String reasons = Stream.concat(
                        pod.getStatus().getConditions().stream()
                                .filter(it -> "PodScheduled".equals(it.getType()) && "False".equals(it.getStatus()))
                                .map(it -> it.getReason() + ": " + it.getMessage()),
                        pod.getStatus().getContainerStatuses().stream()
                                .map(ContainerStatus::getState)
                                .filter(it -> it != null && it.getWaiting() != null)
                                .map(it -> it.getWaiting().getReason()
                                        + (it.getWaiting().getMessage() == null
                                                ? ""
                                                : ": " + it.getWaiting().getMessage())))
                .collect(Collectors.joining(", "));
        return "pod %s is %s%s"
                .formatted(
                        pod.getMetadata().getName(),
                        pod.getStatus().getPhase(),
                        reasons.isEmpty() ? ", its readiness probe fails" : ", " + reasons);
    }

    private static String named(HasMetadata object) {
        return object.getKind() + " " + object.getMetadata().getName();
    }
}

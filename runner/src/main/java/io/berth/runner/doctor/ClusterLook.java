package io.berth.runner.doctor;

import io.berth.model.plan.Plan;
import io.berth.runner.submit.kubernetes.PodSizes;
import io.berth.storage.Cluster;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.authorization.v1.LocalSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributes;
import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributesBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the API server says of the cluster before anything is made in it. What it may not be asked for isn't judged. */
final class ClusterLook {
    private final Cluster cluster;
    private final Plan plan;
    private final List<Finding> findings = new ArrayList<>();

    ClusterLook(Cluster cluster, Plan plan) {
        this.cluster = cluster;
        this.plan = plan;
    }

    /**
     * Looks.
     *
     * @return what was found; {@code cluster-unreachable} or {@code namespace-missing} alone, because all else follows from them
     */
    List<Finding> look() {
        try {
            cluster.client().getKubernetesVersion();
        } catch (KubernetesClientException e) {
            return List.of(unreachable(e));
        }
        try {
            return known();
        } catch (KubernetesClientException e) {
            findings.add(unreachable(e));
            return findings;
        }
    }

    private Finding unreachable(KubernetesClientException e) {
        return FindingKind.CLUSTER_UNREACHABLE.of("the API server at %s doesn't answer, or not to us: %s"
                .formatted(cluster.client().getMasterUrl(), Cluster.reason(e)));
    }

    private List<Finding> known() {
        Optional<List<Namespace>> namespace = asked(() -> Stream.ofNullable(cluster.client()
                        .namespaces()
                        .withName(cluster.namespace())
                        .get())
                .toList());
        if (namespace.filter(List::isEmpty).isPresent()) {
            return List.of(FindingKind.NAMESPACE_MISSING.of("there is no namespace " + cluster.namespace()));
        }
        rights();
        account();
        pullSecrets();
        List<PodSizes> pods = largest();
        quota(pods);
        nodes(pods);
        return findings;
    }

    // --- rights ----------------------------------------------------------------------

    private void rights() {
        missing(Right.toRun(), FindingKind.RIGHT_MISSING);
        if (!cluster.inside()) {
            missing(Right.toForward(), FindingKind.RIGHT_MISSING);
        }
        if (plan.profiles().stream().anyMatch(profile -> !profile.deploy().isEmpty())) {
            missing(Right.toDeploy(), FindingKind.RIGHT_MISSING);
        }
        if (uses("dataVolume")) {
            missing(Right.toProvideVolumes(), FindingKind.RIGHT_MISSING);
        }
        if (uses("dataClass")) {
            missing(Right.toProvideClasses(), FindingKind.RIGHT_MISSING);
        }
        missing(Right.toLookHere(), FindingKind.EVIDENCE_RIGHT_MISSING);
        missing(Right.toLookAround(), FindingKind.EVIDENCE_RIGHT_MISSING);
    }

    private boolean uses(String setting) {
        return plan.profiles().stream().anyMatch(profile -> profile.settings().containsKey(setting));
    }

    private void missing(List<Right> rights, FindingKind kind) {
        for (Right right : rights) {
            Optional<Boolean> allowed = one(() -> cluster.client()
                    .authorization()
                    .v1()
                    .selfSubjectAccessReview()
                    .create(new SelfSubjectAccessReviewBuilder()
                            .withNewSpec()
                            .withResourceAttributes(attributes(right))
                            .endSpec()
                            .build())
                    .getStatus()
                    .getAllowed());
            if (!allowed.orElse(true)) {
                findings.add(kind.of("whoever runs berth may not %s %s".formatted(right.described(), where(right))));
            }
        }
    }

    private String where(Right right) {
        return right.clusterly() ? "in the cluster" : "in namespace " + cluster.namespace();
    }

    private ResourceAttributes attributes(Right right) {
        String[] words = right.resource().split("/", 2);
        ResourceAttributesBuilder attributes = new ResourceAttributesBuilder()
                .withGroup(right.group())
                .withResource(words[0])
                .withVerb(right.verb());
        if (words.length == 2) {
            attributes.withSubresource(words[1]);
        }
        if (!right.clusterly()) {
            attributes.withNamespace(cluster.namespace());
        }
        return attributes.build();
    }

    private void account() {
        String account = cluster.serviceAccount();
        Optional<Boolean> there = one(() -> cluster.client()
                        .serviceAccounts()
                        .inNamespace(cluster.namespace())
                        .withName(account)
                        .get()
                != null);
        if (!there.orElse(true)) {
            findings.add(FindingKind.SERVICE_ACCOUNT_MISSING.of(
                    "there is no service account %s in namespace %s".formatted(account, cluster.namespace())));
            return;
        }
        for (Right right : Right.ofDrivers()) {
            Optional<Boolean> allowed = one(() -> cluster.client()
                    .authorization()
                    .v1()
                    .localSubjectAccessReview()
                    .inNamespace(cluster.namespace())
                    .create(new LocalSubjectAccessReviewBuilder()
                            .withNewMetadata()
                            .withNamespace(cluster.namespace())
                            .endMetadata()
                            .withNewSpec()
                            .withUser("system:serviceaccount:%s:%s".formatted(cluster.namespace(), account))
                            .withGroups(
                                    "system:serviceaccounts",
                                    "system:serviceaccounts:" + cluster.namespace(),
                                    "system:authenticated")
                            .withResourceAttributes(attributes(right))
                            .endSpec()
                            .build())
                    .getStatus()
                    .getAllowed());
            if (allowed.isEmpty()) {
                return;
            }
            if (!allowed.get()) {
                findings.add(
                        FindingKind.DRIVER_RIGHT_MISSING.of("drivers run as service account %s, which may not %s %s"
                                .formatted(account, right.described(), where(right))));
            }
        }
    }

    private void pullSecrets() {
        for (String name : cluster.settings().imagePullSecrets()) {
            Optional<Boolean> there = one(() -> cluster.client()
                            .secrets()
                            .inNamespace(cluster.namespace())
                            .withName(name)
                            .get()
                    != null);
            if (!there.orElse(true)) {
                findings.add(FindingKind.PULL_SECRET_MISSING.of(
                        "there is no Secret %s in namespace %s".formatted(name, cluster.namespace())));
            }
        }
    }

    // --- room ------------------------------------------------------------------------

    /** The pods of the workload that takes most memory. */
    private List<PodSizes> largest() {
        return plan.workloads().stream()
                .map(workload -> PodSizes.of(cluster.settings(), workload.sparkConf()))
                .max(Comparator.comparing(pods -> sum(pods, PodSizes::memory)))
                .orElse(List.of());
    }

    private static BigDecimal sum(List<PodSizes> pods, Function<PodSizes, BigDecimal> part) {
        return pods.stream().map(part).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private void quota(List<PodSizes> pods) {
        BigDecimal cpu = sum(pods, PodSizes::cpu);
        BigDecimal memory = sum(pods, PodSizes::memory);
        Map<String, BigDecimal> needs = Map.of(
                "pods", BigDecimal.valueOf(pods.size()),
                "count/pods", BigDecimal.valueOf(pods.size()),
                "cpu", cpu,
                "requests.cpu", cpu,
                "limits.cpu", cpu,
                "memory", memory,
                "requests.memory", memory,
                "limits.memory", memory);
        for (ResourceQuota quota : asked(() -> cluster.client()
                        .resourceQuotas()
                        .inNamespace(cluster.namespace())
                        .list()
                        .getItems())
                .orElse(List.of())) {
            if (quota.getStatus() == null || quota.getStatus().getHard() == null) {
                continue;
            }
            quota.getStatus().getHard().forEach((resource, hard) -> {
                Quantity used = Optional.ofNullable(quota.getStatus().getUsed())
                        .map(it -> it.get(resource))
                        .orElse(new Quantity("0"));
                BigDecimal need = needs.get(resource);
                if (need != null
                        && hard.getNumericalAmount()
                                        .subtract(used.getNumericalAmount())
                                        .compareTo(need)
                                < 0) {
                    findings.add(FindingKind.QUOTA_TOO_SMALL.of(
                            "quota %s of namespace %s has %s of %s in use, and driver and executors take %s of it"
                                    .formatted(
                                            quota.getMetadata().getName(),
                                            cluster.namespace(),
                                            used,
                                            hard,
                                            amount(resource, need))));
                }
            });
        }
    }

    private static String amount(String resource, BigDecimal amount) {
        return resource.endsWith("memory")
                ? amount.divide(BigDecimal.valueOf(1L << 20), RoundingMode.CEILING) + " MiB of memory"
                : amount.stripTrailingZeros().toPlainString() + " of " + resource;
    }

    private void nodes(List<PodSizes> pods) {
        Optional<List<Node>> all = asked(() -> cluster.client().nodes().list().getItems());
        if (all.isEmpty()) {
            return;
        }
        List<Node> eligible = all.get().stream().filter(this::takesOurs).toList();
        if (eligible.isEmpty()) {
            findings.add(FindingKind.NODES_TOO_SMALL.of(
                    "none of %d nodes is ready and takes pods with node selector %s and %d tolerations"
                            .formatted(
                                    all.get().size(),
                                    cluster.settings().nodeSelector(),
                                    cluster.settings().tolerations().size())));
            return;
        }
        // Whoever may not see the others' pods is told what would fit on empty nodes.
        List<Pod> others = asked(
                        () -> cluster.client().pods().inAnyNamespace().list().getItems())
                .orElse(List.of());
        List<Room> rooms = eligible.stream().map(node -> Room.of(node, others)).toList();
        for (PodSizes pod : pods) {
            Optional<Room> room = rooms.stream()
                    .filter(it -> it.fits(pod))
                    .max(Comparator.comparing((Room it) -> it.cpu).thenComparing(it -> it.memory));
            if (room.isEmpty()) {
                findings.add(FindingKind.NODES_TOO_SMALL.of(
                        "a driver of %s CPUs and its executors don't fit on the %d nodes that take them together; there is no place for %s with %s CPUs and %s"
                                .formatted(
                                        pods.get(0).cpu().toPlainString(),
                                        eligible.size(),
                                        pod.process().equals("driver") ? "the driver" : "an executor",
                                        pod.cpu().toPlainString(),
                                        amount("memory", pod.memory()))));
                return;
            }
            room.get().take(pod.cpu(), pod.memory());
        }
    }

    private boolean takesOurs(Node node) {
        boolean ready = node.getStatus() != null
                && node.getStatus().getConditions().stream()
                        .anyMatch(it ->
                                it.getType().equals("Ready") && it.getStatus().equals("True"));
        Map<String, String> labels =
                Optional.ofNullable(node.getMetadata().getLabels()).orElse(Map.of());
        List<Toleration> tolerations = cluster.settings().tolerations().stream()
                .map(it -> cluster.client().getKubernetesSerialization().convertValue(it, Toleration.class))
                .toList();
        Predicate<Taint> tolerated = taint -> taint.getEffect().equals("PreferNoSchedule")
                || tolerations.stream().anyMatch(it -> tolerates(it, taint));
        return ready
                && !Boolean.TRUE.equals(node.getSpec().getUnschedulable())
                && labels.entrySet()
                        .containsAll(cluster.settings().nodeSelector().entrySet())
                && node.getSpec().getTaints().stream().allMatch(tolerated);
    }

    private static boolean tolerates(Toleration toleration, Taint taint) {
        boolean effect = toleration.getEffect() == null
                || toleration.getEffect().isEmpty()
                || toleration.getEffect().equals(taint.getEffect());
        if (toleration.getKey() == null || toleration.getKey().isEmpty()) {
            return effect && "Exists".equals(toleration.getOperator());
        }
        return effect
                && toleration.getKey().equals(taint.getKey())
                && ("Exists".equals(toleration.getOperator())
                        || String.valueOf(toleration.getValue()).equals(String.valueOf(taint.getValue())));
    }

    /** What a node has left. */
    private static final class Room {
        private BigDecimal cpu;
        private BigDecimal memory;

        private Room(BigDecimal cpu, BigDecimal memory) {
            this.cpu = cpu;
            this.memory = memory;
        }

        static Room of(Node node, List<Pod> pods) {
            Room room = new Room(
                    amount(node.getStatus().getAllocatable(), "cpu"),
                    amount(node.getStatus().getAllocatable(), "memory"));
            pods.stream()
                    .filter(pod ->
                            node.getMetadata().getName().equals(pod.getSpec().getNodeName()))
                    .filter(pod -> !List.of("Succeeded", "Failed")
                            .contains(pod.getStatus().getPhase()))
                    .flatMap(pod -> pod.getSpec().getContainers().stream())
                    .filter(container -> container.getResources() != null)
                    .map(container -> container.getResources().getRequests())
                    .forEach(requests -> room.take(amount(requests, "cpu"), amount(requests, "memory")));
            return room;
        }

        private static BigDecimal amount(@Nullable Map<String, Quantity> amounts, String resource) {
            Quantity quantity = amounts == null ? null : amounts.get(resource);
            return quantity == null ? BigDecimal.ZERO : quantity.getNumericalAmount();
        }

        boolean fits(PodSizes pod) {
            return cpu.compareTo(pod.cpu()) >= 0 && memory.compareTo(pod.memory()) >= 0;
        }

        void take(BigDecimal ofCpu, BigDecimal ofMemory) {
            cpu = cpu.subtract(ofCpu);
            memory = memory.subtract(ofMemory);
        }
    }

    // --- asking ----------------------------------------------------------------------

    /** Empty if we may not ask. */
    private <T> Optional<List<T>> asked(Supplier<List<T>> question) {
        return one(question);
    }

    private static <T> Optional<T> one(Supplier<T> question) {
        try {
            return Optional.of(question.get());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
                return Optional.empty();
            }
            throw e;
        }
    }
}

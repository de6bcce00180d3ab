package io.berth.model.suite;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.berth.model.text.BadInput;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * How the pods of a suite's applications are made. Memory isn't here: it follows from {@code spark.driver.memory} and
 * {@code spark.executor.memory}, as Spark does it. Whatever a pod requests is its limit, too.
 *
 * @param image            made by {@code berth image}
 * @param images           others, by the {@code sparkVersion} of the workloads that run on them
 * @param imagePullPolicy  the cluster's if absent
 * @param imagePullSecrets names of Secrets in the namespace
 * @param namespace        exists already; that of the current context, or of the runner's own pod, if absent
 * @param serviceAccount   of drivers, which make executors; {@code berth} if absent
 * @param executors        of each application; 2 if absent
 * @param driverCpu        a Kubernetes quantity; 1 if absent
 * @param executorCpu      a Kubernetes quantity; 1 if absent. Its task slots are {@code spark.executor.cores}
 * @param fsGroup          owns volumes that Kubernetes may chown; 185, the image's user, if absent
 * @param nodeSelector     of every pod
 * @param tolerations      of every pod, in Kubernetes' own words
 * @param priorityClass    of every pod
 * @param labels           of every pod, besides berth's own
 * @param startLimit       seconds that pods may take until all of them run; 300 if absent
 * @param driverTemplate   a pod in Kubernetes' own words; the driver is laid over it, whose container is called driver
 * @param executorTemplate a pod in Kubernetes' own words; executors are laid over it, whose container is called executor
 */
public record Kubernetes(
        String image,
        Optional<String> imagePullPolicy,
        List<String> imagePullSecrets,
        Optional<String> namespace,
        Optional<String> serviceAccount,
        OptionalInt executors,
        Optional<String> driverCpu,
        Optional<String> executorCpu,
        OptionalLong fsGroup,
        Map<String, String> nodeSelector,
        List<Map<String, Object>> tolerations,
        Optional<String> priorityClass,
        Map<String, String> labels,
        OptionalInt startLimit,
        Optional<Map<String, Object>> driverTemplate,
        Optional<Map<String, Object>> executorTemplate,
        Map<String, String> images) {
    private static final Pattern CPU = Pattern.compile("[1-9][0-9]*m?|[0-9]+\\.[0-9]{1,3}");
    private static final List<String> TOLERATION_TEXTS = List.of("key", "operator", "value", "effect");
    private static final List<String> PULL_POLICIES = List.of("Always", "IfNotPresent", "Never");
    private static final List<String> TEMPLATE_KEYS = List.of("apiVersion", "kind", "metadata", "spec");

    @JsonCreator
    public Kubernetes(
            @JsonProperty("image") String image,
            @JsonProperty("imagePullPolicy") Optional<String> imagePullPolicy,
            @JsonProperty("imagePullSecrets") List<String> imagePullSecrets,
            @JsonProperty("namespace") Optional<String> namespace,
            @JsonProperty("serviceAccount") Optional<String> serviceAccount,
            @JsonProperty("executors") OptionalInt executors,
            @JsonProperty("driverCpu") Optional<String> driverCpu,
            @JsonProperty("executorCpu") Optional<String> executorCpu,
            @JsonProperty("fsGroup") OptionalLong fsGroup,
            @JsonProperty("nodeSelector") Map<String, String> nodeSelector,
            @JsonProperty("tolerations") List<Map<String, Object>> tolerations,
            @JsonProperty("priorityClass") Optional<String> priorityClass,
            @JsonProperty("labels") Map<String, String> labels,
            @JsonProperty("startLimit") OptionalInt startLimit,
            @JsonProperty("driverTemplate") Optional<Map<String, Object>> driverTemplate,
            @JsonProperty("executorTemplate") Optional<Map<String, Object>> executorTemplate,
            @JsonProperty("images") Map<String, String> images) {
        this.image = Names.requirePresent("image", image);
        this.imagePullPolicy = imagePullPolicy;
        this.imagePullSecrets = imagePullSecrets == null ? List.of() : List.copyOf(imagePullSecrets);
        this.namespace = namespace;
        this.serviceAccount = serviceAccount;
        this.executors = executors;
        this.driverCpu = driverCpu;
        this.executorCpu = executorCpu;
        this.fsGroup = fsGroup;
        this.nodeSelector = nodeSelector == null ? Map.of() : Map.copyOf(nodeSelector);
        this.tolerations = tolerations == null
                ? List.of()
                : tolerations.stream().map(Map::copyOf).toList();
        this.priorityClass = priorityClass;
        this.labels = labels == null ? Map.of() : Map.copyOf(labels);
        this.startLimit = startLimit;
        this.driverTemplate = driverTemplate;
        this.executorTemplate = executorTemplate;
        this.images = images == null ? Map.of() : Map.copyOf(images);
        this.images.keySet().forEach(version -> Names.requireSparkVersion("images has", version));
        Names.requireRange("executors", executors, 1, 1000);
        Names.requireRange("startLimit", startLimit, 1, 24 * 3600);
        imagePullPolicy.ifPresent(policy -> {
            if (!PULL_POLICIES.contains(policy)) {
                throw new BadInput(
                        "imagePullPolicy is \"%s\" (allowed: %s)".formatted(policy, String.join(", ", PULL_POLICIES)));
            }
        });
        this.tolerations.forEach(Kubernetes::requireToleration);
        requireCpu("driverCpu", driverCpu);
        requireCpu("executorCpu", executorCpu);
        requireTemplate("driverTemplate", driverTemplate);
        requireTemplate("executorTemplate", executorTemplate);
    }

    /**
     * The image of an application.
     *
     * @param sparkVersion as the workload has it
     */
    public String image(Optional<String> sparkVersion) {
        return sparkVersion.map(images::get).orElse(image);
    }

    /** Settings without templates and other images. */
    public Kubernetes(
            String image,
            Optional<String> imagePullPolicy,
            List<String> imagePullSecrets,
            Optional<String> namespace,
            Optional<String> serviceAccount,
            OptionalInt executors,
            Optional<String> driverCpu,
            Optional<String> executorCpu,
            OptionalLong fsGroup,
            Map<String, String> nodeSelector,
            List<Map<String, Object>> tolerations,
            Optional<String> priorityClass,
            Map<String, String> labels,
            OptionalInt startLimit) {
        this(
                image,
                imagePullPolicy,
                imagePullSecrets,
                namespace,
                serviceAccount,
                executors,
                driverCpu,
                executorCpu,
                fsGroup,
                nodeSelector,
                tolerations,
                priorityClass,
                labels,
                startLimit,
                Optional.empty(),
                Optional.empty(),
                Map.of());
    }

    private static void requireTemplate(String key, Optional<Map<String, Object>> template) {
        template.ifPresent(pod -> pod.forEach((name, value) -> {
            if (!TEMPLATE_KEYS.contains(name)) {
                throw new BadInput("%s has the key \"%s\" (allowed: %s); it is a pod in Kubernetes' own words"
                        .formatted(key, name, String.join(", ", TEMPLATE_KEYS)));
            }
            if (name.equals("metadata") || name.equals("spec")) {
                if (!(value instanceof Map)) {
                    throw new BadInput("%s.%s is \"%s\" (allowed: an object)".formatted(key, name, value));
                }
            }
        }));
    }

    private static void requireToleration(Map<String, Object> toleration) {
        toleration.forEach((field, value) -> {
            boolean seconds = field.equals("tolerationSeconds");
            if (!seconds && !TOLERATION_TEXTS.contains(field)) {
                throw new BadInput("tolerations has a toleration with %s (allowed: %s, tolerationSeconds)"
                        .formatted(field, String.join(", ", TOLERATION_TEXTS)));
            }
            if (seconds ? !(value instanceof Integer || value instanceof Long) : !(value instanceof String)) {
                throw new BadInput("tolerations has a toleration with %s %s (allowed: %s)"
                        .formatted(field, value, seconds ? "a whole number" : "a text"));
            }
        });
    }

    private static void requireCpu(String key, Optional<String> value) {
        if (value.isPresent() && !CPU.matcher(value.get()).matches()) {
            throw new BadInput("%s is \"%s\" (allowed: a number of processors such as 2, 0.5 or 500m)"
                    .formatted(key, value.get()));
        }
    }
}

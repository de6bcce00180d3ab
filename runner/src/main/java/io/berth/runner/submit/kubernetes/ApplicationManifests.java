package io.berth.runner.submit.kubernetes;

import io.berth.model.text.Formats;
import io.berth.runner.submit.Submission;
import io.berth.storage.Cluster;
import io.berth.storage.PodVolume;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvFromSourceBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The objects of one application: its driver's pod, which owns all others; the service by which executors find it; a
 * ConfigMap with what it is told; a Secret with its environment. Executors are made by Spark from a template in the
 * ConfigMap.
 */
final class ApplicationManifests {
    static final String DRIVER = "driver";
    static final String EXECUTOR = "executor";
    static final String RESULTS = "results";
    static final int RESULTS_PORT = 7070;
    static final String RESULTS_CPU = "100m";
    static final String RESULTS_MEMORY = "128Mi";

    /** Its value is the application's name; on its driver, its executors and whatever else belongs to it. */
    static final String APPLICATION_LABEL = "berth.io/application";

    /** On pods: driver or executor. Spark's own label, and on executors set by Spark. */
    static final String ROLE_LABEL = "spark-role";

    /** Set by Spark on executors. */
    static final String EXECUTOR_ID_LABEL = "spark-exec-id";

    /** Keeps the driver from being scheduled until everything it needs is there. */
    static final String GATE = "berth.io/prepared";

    private static final String TOLD = "/etc/berth";
    private static final String RESULTS_DIRECTORY = "/results";
    private static final String SPARK_HOME = "/opt/spark";
    private static final int DRIVER_PORT = 7078;
    private static final int BLOCK_MANAGER_PORT = 7079;

    /** How long a driver that nobody watches any more may outlive its time limit. */
    private static final long ALLOWANCE_SECONDS = 600;

    private static final long MIB = 1L << 20;
    private static final String LEAST_OVERHEAD = "384m";
    private static final Pattern MEMORY = Pattern.compile("([0-9]+)([kmgt]?)b?");

    private final Cluster cluster;
    private final Submission submission;
    private final Optional<Placement> first;
    private final String name;

    /**
     * The manifests of one application.
     *
     * @param process of the runner, so that what an earlier one has left is never in the way of a later one
     * @param first   where this workload ran before
     */
    ApplicationManifests(Cluster cluster, Submission submission, long process, Optional<Placement> first) {
        this.cluster = cluster;
        this.submission = submission;
        this.first = first;
        this.name = name(cluster.run(), submission, process);
    }

    /** Of the driver's pod and all that belongs to it. Spark appends to it for executors, whose host names have 63 characters at most. */
    String name() {
        return name;
    }

    int executors() {
        return cluster.settings().executors().orElse(2);
    }

    private static String name(String run, Submission submission, long process) {
        CRC32 whole = new CRC32();
        whole.update("%s %s %d %d"
                .formatted(run, submission.spec().trial(), submission.attempt(), process)
                .getBytes(StandardCharsets.UTF_8));
        String trial = submission.spec().trial();
        String readable = trial.substring(0, Math.min(trial.length(), 34)).replaceFirst("-+$", "");
        return readable + "-" + HexFormat.of().toHexDigits((int) whole.getValue());
    }

    Pod driver() {
        List<VolumeMount> mounts = mounts();
        mounts.add(mount("told", TOLD));
        mounts.add(mount(RESULTS, RESULTS_DIRECTORY));
        List<Volume> volumes = volumes();
        volumes.add(new VolumeBuilder()
                .withName("told")
                .withNewConfigMap()
                .withName(name)
                .endConfigMap()
                .build());
        // Never on the storage under test, and still there when the driver's container isn't.
        volumes.add(new VolumeBuilder()
                .withName(RESULTS)
                .withEmptyDir(new EmptyDirVolumeSource("Memory", new Quantity("256Mi")))
                .build());
        Pod driver = new PodBuilder()
                .withMetadata(metadata(DRIVER)
                        .addToAnnotations("berth.io/trial", submission.spec().trial())
                        .build())
                .withSpec(cluster.podSpec()
                        .addNewSchedulingGate(GATE)
                        .withAffinity(first.flatMap(it -> Placement.affinity(it.drivers()))
                                .orElse(null))
                        .withServiceAccountName(cluster.serviceAccount())
                        .withActiveDeadlineSeconds(
                                cluster.startLimitSeconds() + submission.spec().timeLimitSeconds() + ALLOWANCE_SECONDS)
                        .withVolumes(volumes)
                        .addToContainers(container(DRIVER)
                                .withArgs(
                                        "driver",
                                        "--properties-file",
                                        TOLD + "/spark.conf",
                                        "--class",
                                        "io.berth.workloads.Application",
                                        "local://" + SPARK_HOME + "/jars/berth-workloads.jar",
                                        TOLD + "/spec.json",
                                        RESULTS_DIRECTORY + "/" + RESULTS_FILE)
                                .addNewPort()
                                .withName("driver")
                                .withContainerPort(DRIVER_PORT)
                                .endPort()
                                .addNewPort()
                                .withName("blocks")
                                .withContainerPort(BLOCK_MANAGER_PORT)
                                .endPort()
                                .withEnv(podIp("SPARK_DRIVER_BIND_ADDRESS"))
                                .withEnvFrom(environment())
                                .withResources(resources(
                                        cluster.settings().driverCpu().orElse("1"), memoryMib("driver") + "Mi"))
                                .withVolumeMounts(mounts)
                                .build())
                        // An ordinary container: a native side-car is told to go as soon as the driver's has ended.
                        .addToContainers(container(RESULTS)
                                .withArgs(
                                        "main",
                                        "io.berth.workloads.ResultsServer",
                                        RESULTS_DIRECTORY,
                                        Integer.toString(RESULTS_PORT))
                                .withEnv(new EnvVarBuilder()
                                        .withName("JDK_JAVA_OPTIONS")
                                        .withValue("-Xmx24m -XX:+UseSerialGC -XX:TieredStopAtLevel=1")
                                        .build())
                                .withResources(resources(RESULTS_CPU, RESULTS_MEMORY))
                                .withVolumeMounts(mount(RESULTS, RESULTS_DIRECTORY))
                                .build())
                        .build())
                .build();
        return over(cluster.settings().driverTemplate(), driver);
    }

    private Pod over(Optional<Map<String, Object>> template, Pod pod) {
        return new PodTemplate(template.orElse(Map.of()), cluster.client().getKubernetesSerialization()).under(pod);
    }

    static final String RESULTS_FILE = "records.jsonl";

    /** What the driver needs besides its pod, in the order of creation. */
    List<HasMetadata> companions(Pod driver) throws IOException {
        OwnerReference owner = new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(name)
                .withUid(driver.getMetadata().getUid())
                .withController(true)
                .build();
        List<HasMetadata> companions = new ArrayList<>();
        companions.add(new ServiceBuilder()
                .withMetadata(metadata(DRIVER).withOwnerReferences(owner).build())
                .withNewSpec()
                .withClusterIP("None")
                // Executors must find a driver that isn't ready: it is so only when all its containers are.
                .withPublishNotReadyAddresses(true)
                .withSelector(Map.of(APPLICATION_LABEL, name, ROLE_LABEL, DRIVER))
                .addNewPort()
                .withName("driver")
                .withPort(DRIVER_PORT)
                .endPort()
                .addNewPort()
                .withName("blocks")
                .withPort(BLOCK_MANAGER_PORT)
                .endPort()
                .endSpec()
                .build());
        companions.add(told(owner));
        if (!submission.environment().isEmpty()) {
            companions.add(new SecretBuilder()
                    .withMetadata(metadata(DRIVER).withOwnerReferences(owner).build())
                    .withStringData(submission.environment())
                    .build());
        }
        return companions;
    }

    private ConfigMap told(OwnerReference owner) throws IOException {
        return new ConfigMapBuilder()
                .withMetadata(metadata(DRIVER).withOwnerReferences(owner).build())
                .addToData("spec.json", Formats.json().writeValueAsString(submission.spec()))
                .addToData("spark.conf", Files.readString(submission.conf(), StandardCharsets.ISO_8859_1))
                .addToData("executor.yaml", Serialization.asYaml(executorTemplate()))
                .build();
    }

    /** What Spark makes executors from; it adds image, environment, memory, names and labels of its own. */
    private Pod executorTemplate() {
        Pod executor = new PodBuilder()
                .withMetadata(
                        new ObjectMetaBuilder().withLabels(labels(EXECUTOR)).build())
                .withSpec(cluster.podSpec()
                        .withAutomountServiceAccountToken(false)
                        .withAffinity(first.flatMap(it -> Placement.affinity(it.executors()))
                                .orElse(null))
                        .withTopologySpreadConstraints(spread())
                        .withVolumes(volumes())
                        .addToContainers(container(EXECUTOR)
                                .withEnvFrom(environment())
                                .withVolumeMounts(mounts())
                                .build())
                        .build())
                .build();
        return over(cluster.settings().executorTemplate(), executor);
    }

    /** Else the executors of one trial may share a node and those of the next may not. */
    private List<TopologySpreadConstraint> spread() {
        return Placement.spreads(first)
                ? List.of(new TopologySpreadConstraintBuilder()
                        .withMaxSkew(1)
                        .withTopologyKey("kubernetes.io/hostname")
                        .withWhenUnsatisfiable("ScheduleAnyway")
                        .withNewLabelSelector()
                        .addToMatchLabels(APPLICATION_LABEL, name)
                        .addToMatchLabels(ROLE_LABEL, EXECUTOR)
                        .endLabelSelector()
                        .build())
                : List.of();
    }

    /** The settings that the application is submitted with. */
    Map<String, String> sparkConf() {
        Map<String, String> conf = new TreeMap<>(submission.spec().sparkConf());
        conf.put("spark.master", "k8s://https://kubernetes.default.svc");
        conf.put("spark.app.name", submission.spec().trial());
        conf.put("spark.driver.host", "%s.%s.svc".formatted(name, cluster.namespace()));
        conf.put("spark.driver.port", Integer.toString(DRIVER_PORT));
        conf.put("spark.driver.blockManager.port", Integer.toString(BLOCK_MANAGER_PORT));
        conf.put("spark.kubernetes.namespace", cluster.namespace());
        conf.put("spark.kubernetes.driver.pod.name", name);
        conf.put("spark.kubernetes.executor.podNamePrefix", name);
        conf.put("spark.kubernetes.executor.podTemplateFile", TOLD + "/executor.yaml");
        conf.put("spark.kubernetes.executor.podTemplateContainerName", EXECUTOR);
        conf.put("spark.kubernetes.container.image", image());
        cluster.settings()
                .imagePullPolicy()
                .ifPresent(policy -> conf.put("spark.kubernetes.container.image.pullPolicy", policy));
        // Spark gives it to executors, which may have their credentials by it.
        conf.put("spark.kubernetes.authenticate.driver.serviceAccountName", cluster.serviceAccount());
        String cpu = cluster.settings().executorCpu().orElse("1");
        conf.put("spark.kubernetes.executor.request.cores", cpu);
        conf.put("spark.kubernetes.executor.limit.cores", cpu);
        conf.put("spark.executor.instances", Integer.toString(executors()));
        // All of them or none: what runs before the last one has come would be measured with fewer.
        conf.put("spark.scheduler.minRegisteredResourcesRatio", "1.0");
        conf.put("spark.scheduler.maxRegisteredResourcesWaitingTime", cluster.startLimitSeconds() + "s");
        // A volume of an executor that was lost would make its successor another one.
        conf.put("spark.kubernetes.driver.reusePersistentVolumeClaim", "false");
        // A driver that limps on after an OutOfMemoryError measures nothing.
        append(conf, "spark.driver.extraJavaOptions", "-XX:+ExitOnOutOfMemoryError");
        if (!conf.getOrDefault("spark.plugins", "").isEmpty()) {
            String agent = "-javaagent:" + SPARK_HOME + "/jars/berth-io-probe.jar";
            append(conf, "spark.driver.extraJavaOptions", agent);
            append(conf, "spark.executor.extraJavaOptions", agent);
        }
        return conf;
    }

    private static void append(Map<String, String> conf, String key, String option) {
        conf.merge(key, option, (present, added) -> present + " " + added);
    }

    private long memoryMib(String process) {
        return memoryMib(submission.spec().sparkConf(), process);
    }

    /** Of a pod of {@code driver} or {@code executor}, as Spark computes it: the heap and what a JVM needs besides. */
    static long memoryMib(Map<String, String> conf, String process) {
        String prefix = "spark." + process + ".";
        long heap = mib(conf.getOrDefault(prefix + "memory", "1g"));
        String overhead = conf.get(prefix + "memoryOverhead");
        if (overhead == null) {
            double factor = Double.parseDouble(conf.getOrDefault(
                    prefix + "memoryOverheadFactor",
                    conf.getOrDefault("spark.kubernetes.memoryOverheadFactor", "0.1")));
            long least = mib(conf.getOrDefault(prefix + "minMemoryOverhead", LEAST_OVERHEAD));
            return heap + Math.max(least, (long) (heap * factor)) + offHeapMib(conf, process);
        }
        return heap + mib(overhead) + offHeapMib(conf, process);
    }

    /** Spark adds it for executors alone. */
    private static long offHeapMib(Map<String, String> conf, String process) {
        boolean used = process.equals(EXECUTOR) && Boolean.parseBoolean(conf.get("spark.memory.offHeap.enabled"));
        String size = conf.getOrDefault("spark.memory.offHeap.size", "0");
        // A bare number is of bytes here.
        return used ? size.matches("[0-9]+") ? Long.parseLong(size) / MIB : mib(size) : 0;
    }

    private static long mib(String text) {
        Matcher memory = MEMORY.matcher(text.toLowerCase(Locale.ROOT));
        if (!memory.matches()) {
            throw new IllegalArgumentException("not an amount of memory: " + text);
        }
        long number = Long.parseLong(memory.group(1));
        return switch (memory.group(2)) {
            case "k" -> Math.max(1, number * 1024 / MIB);
            case "g" -> number * 1024;
            case "t" -> number * MIB;
            // Spark takes a bare number for MiB here.
            default -> number;
        };
    }

    private String image() {
        return cluster.settings().image(submission.spec().sparkVersion());
    }

    private ContainerBuilder container(String containerName) {
        return new ContainerBuilder()
                .withName(containerName)
                .withImage(image())
                .withImagePullPolicy(cluster.settings().imagePullPolicy().orElse(null))
                .withSecurityContext(cluster.containerSecurity());
    }

    private static ResourceRequirements resources(String cpu, String memory) {
        Map<String, Quantity> amounts = Map.of("cpu", new Quantity(cpu), "memory", new Quantity(memory));
        return new ResourceRequirementsBuilder()
                .withRequests(amounts)
                .withLimits(amounts)
                .build();
    }

    private List<EnvFromSource> environment() {
        return submission.environment().isEmpty()
                ? List.of()
                : List.of(
                        new EnvFromSourceBuilder().withNewSecretRef(name, false).build());
    }

    private static EnvVar podIp(String variable) {
        return new EnvVarBuilder()
                .withName(variable)
                .withNewValueFrom()
                .withNewFieldRef("v1", "status.podIP")
                .endValueFrom()
                .build();
    }

    private List<Volume> volumes() {
        return new ArrayList<>(
                submission.volumes().stream().map(PodVolume::volume).toList());
    }

    private List<VolumeMount> mounts() {
        return new ArrayList<>(submission.volumes().stream()
                .map(volume -> mount(volume.volume().getName(), volume.mountPath()))
                .toList());
    }

    private static VolumeMount mount(String volume, String path) {
        return new VolumeMountBuilder().withName(volume).withMountPath(path).build();
    }

    private Map<String, String> labels(String role) {
        Map<String, String> labels = cluster.labels();
        labels.put(APPLICATION_LABEL, name);
        labels.put(ROLE_LABEL, role);
        return labels;
    }

    private ObjectMetaBuilder metadata(String role) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(cluster.namespace())
                .withLabels(labels(role));
    }
}

package io.berth.runner.plan;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The Spark settings that the submission to Kubernetes makes itself, so that a suite can't. */
final class SubmittersConf {
    private static final String ANYTHING = "*";
    private static final String NOTHING = "";

    /** What says it instead, by setting or beginning of settings. The first that fits counts. */
    private static final Map<String, String> INSTEAD = new LinkedHashMap<>();

    static {
        INSTEAD.put("spark.master", NOTHING);
        INSTEAD.put("spark.submit.deployMode", NOTHING);
        INSTEAD.put("spark.app.name", NOTHING);
        INSTEAD.put("spark.driver.host", NOTHING);
        INSTEAD.put("spark.driver.port", NOTHING);
        INSTEAD.put("spark.driver.bindAddress", NOTHING);
        INSTEAD.put("spark.driver.blockManager.port", NOTHING);
        INSTEAD.put("spark.scheduler.minRegisteredResourcesRatio", NOTHING);
        INSTEAD.put("spark.scheduler.maxRegisteredResourcesWaitingTime", "startLimit");
        INSTEAD.put("spark.executor.instances", "executors");
        INSTEAD.put("spark.kubernetes.namespace", "namespace");
        INSTEAD.put("spark.kubernetes.container.image.pullPolicy", "imagePullPolicy");
        INSTEAD.put("spark.kubernetes.container.image.pullSecrets", "imagePullSecrets");
        INSTEAD.put("spark.kubernetes.container.image", "image");
        INSTEAD.put("spark.kubernetes.executor.container.image", "image");
        INSTEAD.put("spark.kubernetes.driver.container.image", "image");
        INSTEAD.put("spark.kubernetes.authenticate.driver.serviceAccountName", "serviceAccount");
        INSTEAD.put("spark.kubernetes.authenticate.serviceAccountName", "serviceAccount");
        INSTEAD.put("spark.kubernetes.node.selector.*", "nodeSelector");
        INSTEAD.put("spark.kubernetes.executor.node.selector.*", "nodeSelector");
        INSTEAD.put("spark.kubernetes.driver.node.selector.*", "nodeSelector");
        INSTEAD.put("spark.kubernetes.executor.request.cores", "executorCpu");
        INSTEAD.put("spark.kubernetes.executor.limit.cores", "executorCpu");
        INSTEAD.put("spark.kubernetes.executor.podNamePrefix", NOTHING);
        INSTEAD.put("spark.kubernetes.executor.podTemplate*", "executorTemplate");
        INSTEAD.put("spark.kubernetes.executor.volumes.*", "executorTemplate, or settings of the profile");
        INSTEAD.put("spark.kubernetes.driver.request.cores", "driverCpu");
        INSTEAD.put("spark.kubernetes.driver.limit.cores", "driverCpu");
        INSTEAD.put("spark.kubernetes.driver.pod.name", NOTHING);
        INSTEAD.put("spark.kubernetes.driver.reusePersistentVolumeClaim", NOTHING);
        INSTEAD.put("spark.kubernetes.driver.volumes.*", "driverTemplate, or settings of the profile");
        // Spark makes no driver in client mode, and ignores how it should be.
        INSTEAD.put("spark.kubernetes.driver.podTemplate*", "driverTemplate");
        INSTEAD.put("spark.kubernetes.driver.label.*", "driverTemplate");
        INSTEAD.put("spark.kubernetes.driver.annotation.*", "driverTemplate");
        INSTEAD.put("spark.kubernetes.driver.secrets.*", "driverTemplate");
        INSTEAD.put("spark.kubernetes.driver.secretKeyRef.*", "driverTemplate");
        INSTEAD.put("spark.kubernetes.driverEnv.*", "driverTemplate");
    }

    private SubmittersConf() {}

    /** What is wrong with a suite that has a setting; empty if it may. */
    static Optional<String> problem(String setting) {
        return INSTEAD.entrySet().stream()
                .filter(entry -> fits(entry.getKey(), setting))
                .findFirst()
                .map(entry -> entry.getValue().equals(NOTHING)
                        ? "%s is berth's to set on Kubernetes; leave it out".formatted(setting)
                        : "%s would be overridden on Kubernetes; say it in kubernetes: with %s"
                                .formatted(setting, entry.getValue()));
    }

    private static boolean fits(String pattern, String setting) {
        return pattern.endsWith(ANYTHING)
                ? setting.startsWith(pattern.substring(0, pattern.length() - ANYTHING.length()))
                : setting.equals(pattern);
    }
}

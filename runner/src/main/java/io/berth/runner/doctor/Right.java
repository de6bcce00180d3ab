package io.berth.runner.doctor;

import java.util.List;
import java.util.stream.Stream;

/**
 * One thing that somebody must be allowed to do.
 *
 * @param group     of the API; empty for the core
 * @param resource  as roles write it, with its subresource: {@code pods/log}
 * @param verb      as roles write it
 * @param clusterly whether it is asked for beyond the namespace
 */
record Right(String group, String resource, String verb, boolean clusterly) {
    private static final String CORE = "";
    private static final String APPS = "apps";
    private static final String STORAGE = "storage.k8s.io";
    private static final String AUTHORIZATION = "authorization.k8s.io";

    /** What the runner does in its namespace: deploy/runner.yaml. */
    static List<Right> toRun() {
        return joined(List.of(
                here("pods", "get", "list", "watch", "create", "patch", "delete", "deletecollection"),
                here("services", "list", "watch", "create", "delete"),
                here("configmaps", "list", "watch", "create", "delete"),
                here("secrets", "get", "list", "watch", "create", "delete"),
                here("persistentvolumeclaims", "get", "list", "watch", "create", "delete"),
                here("pods/log", "get"),
                here("events", "list")));
    }

    /** What it does besides where it isn't a pod itself: deploy/runner.yaml. */
    static List<Right> toForward() {
        return here("pods/portforward", "get", "create");
    }

    /** What it looks at in its namespace, and could do without: deploy/runner.yaml. */
    static List<Right> toLookHere() {
        return joined(List.of(
                here("namespaces", "get"),
                here("serviceaccounts", "get"),
                here("resourcequotas", "list"),
                here("events", "watch"),
                rights(AUTHORIZATION, "localsubjectaccessreviews", false, "create")));
    }

    /** What it looks at in the cluster, and could do without: berth-reader of deploy/cluster.yaml. */
    static List<Right> toLookAround() {
        return joined(List.of(
                rights(CORE, "nodes", true, "get", "list"),
                rights(CORE, "persistentvolumes", true, "get", "list"),
                rights(STORAGE, "storageclasses", true, "get", "list"),
                rights(STORAGE, "csidrivers", true, "get", "list"),
                rights(STORAGE, "csistoragecapacities", true, "list")));
    }

    /** What profiles with deploy take besides: deploy/runner.yaml. */
    static List<Right> toDeploy() {
        return joined(List.of(
                here("services", "get"),
                here("configmaps", "get"),
                rights(APPS, "deployments", false, "get", "list", "watch", "create", "delete"),
                rights(APPS, "statefulsets", false, "get", "list", "watch", "create", "delete")));
    }

    /** What profiles with dataVolume take: berth-provisioner of deploy/cluster.yaml. */
    static List<Right> toProvideVolumes() {
        return rights(CORE, "persistentvolumes", true, "get", "list", "watch", "create", "delete");
    }

    /** What profiles with dataClass take: berth-provisioner of deploy/cluster.yaml. */
    static List<Right> toProvideClasses() {
        return rights(STORAGE, "storageclasses", true, "get", "list", "watch", "create", "delete");
    }

    /** What Spark does in drivers: deploy/driver.yaml. */
    static List<Right> ofDrivers() {
        return Stream.of("pods", "configmaps", "persistentvolumeclaims", "services")
                .flatMap(
                        resource -> here(
                                resource,
                                "get",
                                "list",
                                "watch",
                                "create",
                                "patch",
                                "update",
                                "delete",
                                "deletecollection")
                                .stream())
                .toList();
    }

    /** As people say it: {@code create pods}. */
    String described() {
        return verb + " " + resource + (group.isEmpty() ? "" : "." + group);
    }

    private static List<Right> here(String resource, String... verbs) {
        return rights(CORE, resource, false, verbs);
    }

    private static List<Right> rights(String group, String resource, boolean clusterly, String... verbs) {
        return Stream.of(verbs)
                .map(verb -> new Right(group, resource, verb, clusterly))
                .toList();
    }

    private static List<Right> joined(List<List<Right>> rights) {
        return rights.stream().flatMap(List::stream).toList();
    }
}

package io.berth.runner.doctor;

import io.berth.model.check.Trouble;
import java.util.Locale;
import java.util.Optional;

/** Everything that can be found. Each kind is documented under its code in docs/doctor.md. */
public enum FindingKind {
    CLUSTER_UNREACHABLE(
            "see whether kubectl get --raw /readyz answers with the same kubeconfig; --master names another cluster"),
    NAMESPACE_MISSING("kubectl create namespace, or correct kubernetes.namespace in the suite"),
    RIGHT_MISSING(
            "bind role berth-runner of deploy/runner.yaml, and for profiles with dataClass or dataVolume berth-provisioner of deploy/cluster.yaml, to the account that runs berth"),
    EVIDENCE_RIGHT_MISSING(
            "bind berth-reader of deploy/cluster.yaml, and in the namespace berth-runner of deploy/runner.yaml; runs work without it, with less evidence"),
    SERVICE_ACCOUNT_MISSING(
            "kubectl apply -n NAMESPACE -f deploy/driver.yaml, or name another one as kubernetes.serviceAccount in the suite"),
    DRIVER_RIGHT_MISSING(
            "kubectl apply -n NAMESPACE -f deploy/driver.yaml, or bind its role to the account that drivers have"),
    PULL_SECRET_MISSING(
            "kubectl create secret docker-registry in the namespace, or correct kubernetes.imagePullSecrets in the suite"),
    POD_SECURITY(
            "use a volume type that the namespace's level allows (claims, csi), dataVolume: in place of data:, or another namespace"),
    QUOTA_TOO_SMALL("raise the quota, or lower executors, their CPUs and memory in the suite"),
    NODES_TOO_SMALL(
            "lower executors, CPUs or memory in the suite, widen its nodeSelector and tolerations, or add nodes"),
    CLASS_MISSING("kubectl get storageclass tells what there is; correct storageClassName in the profile"),
    CSI_DRIVER_MISSING("install the driver, or correct the class's provisioner"),
    BINDING_MODE("make the class with volumeBindingMode: WaitForFirstConsumer"),
    ACCESS_MODE("ask for ReadWriteMany in the profile's dataClaim; driver and executors write to the same volume"),
    CAPACITY_SHORT("ask for less in the profile's claims, or make room"),
    CLAIM_UNBOUND(
            "kubectl describe pvc tells what the provisioner says; correct the class, its parameters or the claim"),
    MOUNT_FAILED("correct server, path, options or driver in the profile; the nodes must reach the server"),
    POD_NOT_STARTED(
            "kubectl describe pod in the namespace during a further look tells more; --wait gives a slow cluster more time"),
    POD_REFUSED("give the suite what the cluster's admission asks for, such as a priorityClass that exists"),
    IMAGE_UNAVAILABLE(
            "correct kubernetes.image in the suite, push the image, load it on the nodes, or name imagePullSecrets"),
    IMAGE_UNFIT("make the image with this version of berth image, from a base with a Java 17 runtime"),
    MOUNT_DIFFERS("mount what the profile says, or correct fsType, source and options in it"),
    WRITE_REFUSED(
            "give the directory to that user or group on the server (root_squash keeps Kubernetes from doing it), or set kubernetes.fsGroup in the suite"),
    SPACE_SHORT("make room, or ask for a larger claim"),
    NAME_UNRESOLVED("correct the host's name in the profile, or the name service of whoever asks"),
    ENDPOINT_UNREACHABLE(
            "see whether the server runs, its address and port are right, and no network policy or firewall is in between"),
    TLS_UNTRUSTED(
            "name the authority that signed the server's certificate as caFile in the profile, and use the host name that it is for"),
    CREDENTIALS_MISSING("put the credentials where the profile says that they are"),
    CREDENTIALS_REFUSED("correct the credentials, or let them read, write, list and delete there"),
    CLOCK_SKEW(
            "synchronise the clocks (NTP) of this machine, the nodes and the storage's servers; signatures and tickets depend on them"),
    BACKEND_OUT_OF_REACH("choose a profile of a backend that pods reach; see berth profiles"),
    STORAGE_UNAVAILABLE("follow what it says; a run would say the same");

    private final String advice;

    FindingKind(String advice) {
        this.advice = advice;
    }

    /** The stable name, as in docs/doctor.md: {@code claim-unbound}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Finding in(String profile, String found) {
        return new Finding(code(), Optional.of(profile), line(found), advice);
    }

    Finding of(String found) {
        return new Finding(code(), Optional.empty(), line(found), advice);
    }

    static FindingKind by(Trouble trouble) {
        return switch (trouble) {
            case NAME -> NAME_UNRESOLVED;
            case ENDPOINT -> ENDPOINT_UNREACHABLE;
            case TLS -> TLS_UNTRUSTED;
            case CREDENTIALS_MISSING -> CREDENTIALS_MISSING;
            case CREDENTIALS_REFUSED -> CREDENTIALS_REFUSED;
            case CLOCK -> CLOCK_SKEW;
            case MOUNT -> MOUNT_DIFFERS;
            case WRITE -> WRITE_REFUSED;
            case OTHER -> STORAGE_UNAVAILABLE;
        };
    }

    private static String line(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}

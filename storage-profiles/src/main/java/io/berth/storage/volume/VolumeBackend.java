package io.berth.storage.volume;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.Cluster;
import io.berth.storage.KubernetesWords;
import io.berth.storage.PodVolume;
import io.berth.storage.ProfileProblem;
import io.berth.storage.RunScope;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageUnavailable;
import io.berth.storage.volume.VolumeStorage.DataVolume;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NFSVolumeSource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpecBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeSpec;
import io.fabric8.kubernetes.api.model.PersistentVolumeSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Volumes of pods, of whatever type Kubernetes mounts, in its own words. One that all pods share serves data and
 * checkpoints; one that each pod has for itself serves scratch.
 */
public final class VolumeBackend implements StorageBackend {
    private static final String NAME = "volume";
    private static final List<String> SHARED_AND_WRITTEN = List.of("ReadWriteMany", "ReadWriteOnce");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "volumes that Kubernetes mounts into pods: claims, NFS, CSI, host paths, …";
    }

    @Override
    public List<Setting> settings() {
        return List.of(
                Setting.optional(
                        "data",
                        Setting.Kind.OBJECT,
                        "a volume that all pods share, such as {nfs: {server: filer.example, path: /export}}; berth works in its berth/"),
                Setting.optional(
                        "dataClaim",
                        Setting.Kind.OBJECT,
                        "in place of data: the spec of a claim that berth makes for a run and removes after it"),
                Setting.optional(
                        "dataClass",
                        Setting.Kind.OBJECT,
                        "a StorageClass that berth makes for dataClaim: {provisioner: …, parameters: {…}, mountOptions: […]}"),
                Setting.optional(
                        "dataVolume",
                        Setting.Kind.OBJECT,
                        "in place of data: the spec of a PersistentVolume that berth makes for a run, such as {nfs: {server: …, path: …}, mountOptions: […]}; what is on it is not berth's"),
                Setting.optional(
                        "addresses",
                        Setting.Kind.TEXTS,
                        "the servers of one NFS export that has several, in place of server: in the nfs: of data or dataVolume; pods mount the export by each, executors take turns to use them"),
                Setting.optional(
                        "checkpointClaim",
                        Setting.Kind.OBJECT,
                        "the spec of a claim that berth makes for the run's checkpoints alone and removes after it, of the dataClass if there is one; they are on the data volume if absent"),
                Setting.optional(
                        "scratch",
                        Setting.Kind.OBJECT,
                        "a volume that each pod has for itself, such as an ephemeral claim, which is of the dataClass unless it says otherwise; {emptyDir: {}} if absent"),
                Setting.optional(
                        "fsType", Setting.Kind.TEXT, "the type that the data volume must have in pods; any if absent"),
                Setting.optional(
                        "source",
                        Setting.Kind.TEXT,
                        "the source that the data volume must have in pods; SERVER:PATH of nfs, any of others, if absent"),
                Setting.optional(
                        "options",
                        Setting.Kind.TEXTS,
                        "mount options of the data volume that must be set, such as vers=4.2"),
                Setting.optional(
                        "keepData",
                        Setting.Kind.FLAG,
                        "whether data sets outlive the run on a volume that is not berth's own; true if absent"));
    }

    @Override
    public Set<Role> roles() {
        return EnumSet.of(Role.DATA, Role.SCRATCH, Role.CHECKPOINT);
    }

    @Override
    public boolean reachesPods() {
        return true;
    }

    /** Driver and executors are several pods, and all of them write. */
    @Override
    public Optional<ProfileProblem> problem(StorageProfile profile) {
        Settings settings = Settings.of(profile);
        for (String name : List.of("dataClaim", "dataVolume", "checkpointClaim")) {
            Object modes = settings.object(name)
                    .map(spec -> (Object) spec.get("accessModes"))
                    .orElse(null);
            if (modes instanceof List<?> given && !given.isEmpty() && Collections.disjoint(given, SHARED_AND_WRITTEN)) {
                return Optional.of(new ProfileProblem(
                        "/settings/%s/accessModes".formatted(name),
                        "%s has access modes %s, but driver and executors, which are several pods, write to it (allowed: ReadWriteMany, or ReadWriteOnce with a kubernetes.nodeSelector of one node)"
                                .formatted(name, given)));
            }
        }
        Optional<ProfileProblem> addresses = problemOfAddresses(settings);
        if (addresses.isPresent()) {
            return addresses;
        }
        boolean readOnly = settings.object("data").stream()
                .flatMap(volume -> volume.values().stream())
                .anyMatch(source -> source instanceof Map<?, ?> fields && Boolean.TRUE.equals(fields.get("readOnly")));
        return readOnly
                ? Optional.of(
                        new ProfileProblem(
                                "/settings/data",
                                "data is readOnly, but applications write their output to it (allowed: a volume that can be written to)"))
                : Optional.empty();
    }

    private static Optional<ProfileProblem> problemOfAddresses(Settings settings) {
        List<String> addresses = settings.texts("addresses");
        if (addresses.isEmpty()) {
            return Optional.empty();
        }
        if (addresses.size() < 2 || addresses.stream().distinct().count() < addresses.size()) {
            return Optional.of(new ProfileProblem(
                    "/settings/addresses",
                    "addresses are %s (allowed: two or more different servers; one is the server: of nfs)"
                            .formatted(addresses)));
        }
        Object nfs = settings.object("data")
                .or(() -> settings.object("dataVolume"))
                .map(volume -> (Object) volume.get("nfs"))
                .orElse(null);
        return nfs instanceof Map<?, ?> export && !export.containsKey("server")
                ? Optional.empty()
                : Optional.of(
                        new ProfileProblem(
                                "/settings/addresses",
                                "addresses say by which servers an NFS export is mounted (allowed: with data or dataVolume of {nfs: {path: …}} that has no server: itself)"));
    }

    /** What is on a claim of the run's own goes with that. */
    @Override
    public boolean outlivesTheRun(StorageProfile profile) {
        Settings settings = Settings.of(profile);
        return settings.object("data").isPresent()
                || settings.object("dataVolume").isPresent();
    }

    /**
     * What a profile's claims are, for whoever makes some of its own.
     *
     * @param madeClass the profile's dataClass, as berth makes it for the run
     * @param claim     of that class if there is one
     */
    public record Claims(Optional<StorageClass> madeClass, PersistentVolumeClaimSpec claim) {}

    /**
     * A profile's dataClaim and dataClass.
     *
     * @return nothing if it isn't of this backend or has no claim that a class provides volumes for
     * @throws StorageUnavailable if they can't be read
     */
    public static Optional<Claims> claims(StorageProfile profile, Cluster cluster) {
        Settings settings = Settings.of(profile);
        if (!profile.backend().equals(NAME) || settings.object("dataClaim").isEmpty()) {
            return Optional.empty();
        }
        ObjectMeta named = named(profile, cluster.run(), cluster);
        Optional<StorageClass> made = settings.object("dataClass").map(source -> storageClass(profile, source, named));
        PersistentVolumeClaimSpec claim =
                claim(profile, "dataClaim", settings.object("dataClaim").get(), made.isPresent(), named);
        // Both are how a claim says that it wants one volume, which is there.
        return "".equals(claim.getStorageClassName()) || claim.getVolumeName() != null
                ? Optional.empty()
                : Optional.of(new Claims(made, claim));
    }

    private static ObjectMeta named(StorageProfile profile, String run, Cluster cluster) {
        return new ObjectMetaBuilder()
                // Another name than ${name} of deploy, by which servers may have a claim of their own.
                .withName(run + "-" + profile.name() + "-data")
                .withLabels(cluster.labels())
                .build();
    }

    @Override
    public Storage open(StorageProfile profile, RunScope run) {
        Settings settings = Settings.of(profile);
        return open(
                profile,
                run,
                settings.object("dataClaim").isPresent()
                        ? VolumeStorage.Contents.GO_WITH_THE_VOLUME
                        : settings.flag("keepData", true)
                                ? VolumeStorage.Contents.KEEP_DATA_SETS
                                : VolumeStorage.Contents.KEEP_NOTHING);
    }

    /**
     * The same for somebody who removes the volume after the run: nothing is swept from it.
     *
     * @throws StorageUnavailable as {@link #open} does
     */
    public Storage openDisposable(StorageProfile profile, RunScope run) {
        return open(profile, run, VolumeStorage.Contents.GO_WITH_THE_VOLUME);
    }

    private static Storage open(StorageProfile profile, RunScope run, VolumeStorage.Contents contents) {
        Cluster cluster = run.cluster()
                .orElseThrow(() -> new StorageUnavailable(
                        "profile \"%s\": only pods have volumes; use --master k8s or another profile"
                                .formatted(profile.name())));
        Settings settings = Settings.of(profile);
        requireOneOf(profile, settings);
        ObjectMeta named = named(profile, run.run(), cluster);
        // In the order of creation.
        List<HasMetadata> made = new ArrayList<>();
        settings.object("dataClass").ifPresent(source -> made.add(storageClass(profile, source, named)));
        List<Map<?, ?>> sources = settings.object("data")
                .or(() -> settings.object("dataVolume"))
                .map(source -> byEachAddress(source, settings.texts("addresses")))
                .orElse(List.of());
        List<DataVolume> data = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            String suffix = sources.size() == 1 ? "" : "-" + i;
            Volume volume;
            Optional<NFSVolumeSource> nfs;
            if (settings.object("data").isPresent()) {
                volume = volume(profile, VolumeStorage.DATA_VOLUME + suffix, sources.get(i));
                nfs = Optional.ofNullable(volume.getNfs());
            } else {
                ObjectMeta own = new ObjectMetaBuilder(named)
                        .withName(named.getName() + suffix)
                        .build();
                PersistentVolume persistent = persistentVolume(profile, sources.get(i), own, cluster.namespace());
                made.add(persistent);
                made.add(claimObject(own, cluster, claimOf(persistent)));
                volume = ofClaim(VolumeStorage.DATA_VOLUME + suffix, own);
                nfs = Optional.ofNullable(persistent.getSpec().getNfs());
            }
            data.add(dataVolume(settings, volume, VolumeStorage.DATA_PATH + suffix, nfs));
        }
        settings.object("dataClaim").ifPresent(source -> {
            PersistentVolumeClaimSpec claim = claim(
                    profile, "dataClaim", source, settings.object("dataClass").isPresent(), named);
            made.add(claimObject(named, cluster, claim));
            data.add(dataVolume(
                    settings, ofClaim(VolumeStorage.DATA_VOLUME, named), VolumeStorage.DATA_PATH, Optional.empty()));
        });
        ObjectMeta checkpointNamed = new ObjectMetaBuilder(named)
                .withName(run.run() + "-" + profile.name() + "-checkpoint")
                .build();
        Optional<Volume> checkpoint = settings.object("checkpointClaim").map(source -> {
            PersistentVolumeClaimSpec spec = claim(
                    profile,
                    "checkpointClaim",
                    source,
                    settings.object("dataClass").isPresent(),
                    named);
            made.add(claimObject(checkpointNamed, cluster, spec));
            return ofClaim(VolumeStorage.CHECKPOINT_VOLUME, checkpointNamed);
        });
        Volume scratch = settings.object("scratch")
                .map(source -> volume(profile, VolumeStorage.SCRATCH_VOLUME, source))
                .orElseGet(() -> new VolumeBuilder()
                        .withName(VolumeStorage.SCRATCH_VOLUME)
                        .withEmptyDir(new EmptyDirVolumeSource())
                        .build());
        if (settings.object("dataClass").isPresent()
                && scratch.getEphemeral() != null
                && scratch.getEphemeral().getVolumeClaimTemplate().getSpec().getStorageClassName() == null) {
            scratch.getEphemeral().getVolumeClaimTemplate().getSpec().setStorageClassName(named.getName());
        }
        return new VolumeStorage(profile.name(), cluster, run, data, made, checkpoint, scratch, contents);
    }

    /** The volume as it is, or with the export's every server. */
    private static List<Map<?, ?>> byEachAddress(Map<?, ?> source, List<String> addresses) {
        if (addresses.isEmpty()) {
            return List.of(source);
        }
        List<Map<?, ?>> sources = new ArrayList<>();
        for (String address : addresses) {
            Map<Object, Object> nfs = new HashMap<>((Map<?, ?>) source.get("nfs"));
            nfs.put("server", address);
            Map<Object, Object> one = new HashMap<>(source);
            one.put("nfs", nfs);
            sources.add(one);
        }
        return sources;
    }

    private static DataVolume dataVolume(Settings settings, Volume volume, String path, Optional<NFSVolumeSource> nfs) {
        return new DataVolume(
                new PodVolume(volume, path),
                new ExpectedMount(
                        path,
                        settings.text("fsType"),
                        settings.text("source").or(() -> nfs.map(VolumeBackend::source)),
                        settings.texts("options"),
                        Optional.of(path)));
    }

    private static PersistentVolumeClaim claimObject(
            ObjectMeta named, Cluster cluster, PersistentVolumeClaimSpec spec) {
        return new PersistentVolumeClaimBuilder()
                .withMetadata(new ObjectMetaBuilder(named)
                        .withNamespace(cluster.namespace())
                        .build())
                .withSpec(spec)
                .build();
    }

    private static Volume ofClaim(String name, ObjectMeta claim) {
        return new VolumeBuilder()
                .withName(name)
                .withNewPersistentVolumeClaim(claim.getName(), false)
                .build();
    }

    private static void requireOneOf(StorageProfile profile, Settings settings) {
        List<String> sources = Stream.of("data", "dataClaim", "dataVolume")
                .filter(name -> settings.object(name).isPresent())
                .toList();
        if (sources.size() > 1) {
            throw new StorageUnavailable("profile \"%s\" has %s (allowed: one of them)"
                    .formatted(profile.name(), String.join(" and ", sources)));
        }
        if (settings.object("dataClass").isPresent() && !sources.contains("dataClaim")) {
            throw new StorageUnavailable(
                    "profile \"%s\" has a dataClass without a dataClaim that would use it".formatted(profile.name()));
        }
    }

    /** What mountinfo will say of a volume whose source is in its own spec. */
    private static String source(NFSVolumeSource nfs) {
        return nfs.getServer() + ":" + nfs.getPath();
    }

    private static StorageClass storageClass(StorageProfile profile, Map<?, ?> source, ObjectMeta named) {
        StorageClass found = KubernetesWords.read(profile, "dataClass", source, StorageClass.class);
        refuseUnknown(profile, "dataClass", "a StorageClass", found.getAdditionalProperties());
        return new StorageClassBuilder(found).withMetadata(named).build();
    }

    /** Bound to one claim; whatever happens to that, Kubernetes must leave what is on it alone. */
    private static PersistentVolume persistentVolume(
            StorageProfile profile, Map<?, ?> source, ObjectMeta named, String namespace) {
        PersistentVolumeSpec spec = KubernetesWords.read(profile, "dataVolume", source, PersistentVolumeSpec.class);
        refuseUnknown(profile, "dataVolume", "a PersistentVolume", spec.getAdditionalProperties());
        return new PersistentVolumeBuilder()
                .withMetadata(named)
                .withSpec(new PersistentVolumeSpecBuilder(spec)
                        .withAccessModes(
                                spec.getAccessModes().isEmpty() ? List.of("ReadWriteMany") : spec.getAccessModes())
                        // Nothing enforces it.
                        .withCapacity(
                                spec.getCapacity().isEmpty()
                                        ? Map.of("storage", new Quantity("1Ti"))
                                        : spec.getCapacity())
                        .withPersistentVolumeReclaimPolicy("Retain")
                        .withStorageClassName("")
                        .withNewClaimRef()
                        .withApiVersion("v1")
                        .withKind("PersistentVolumeClaim")
                        .withName(named.getName())
                        .withNamespace(namespace)
                        .endClaimRef()
                        .build())
                .build();
    }

    private static PersistentVolumeClaimSpec claimOf(PersistentVolume volume) {
        return new PersistentVolumeClaimSpecBuilder()
                .withAccessModes(volume.getSpec().getAccessModes())
                .withStorageClassName("")
                .withVolumeName(volume.getMetadata().getName())
                .withNewResources()
                .withRequests(volume.getSpec().getCapacity())
                .endResources()
                .build();
    }

    private static Volume volume(StorageProfile profile, String name, Map<?, ?> source) {
        Map<Object, Object> named = new HashMap<>(source);
        named.put("name", name);
        Volume volume = KubernetesWords.read(profile, name, named, Volume.class);
        if (source.size() != 1 || !volume.getAdditionalProperties().isEmpty()) {
            throw new StorageUnavailable(
                    "profile \"%s\": %s is not one volume of Kubernetes (allowed: one of its types with its fields, such as {emptyDir: {}})"
                            .formatted(profile.name(), source));
        }
        return volume;
    }

    private static PersistentVolumeClaimSpec claim(
            StorageProfile profile, String setting, Map<?, ?> spec, boolean ownClass, ObjectMeta named) {
        PersistentVolumeClaimSpec claim = KubernetesWords.read(profile, setting, spec, PersistentVolumeClaimSpec.class);
        refuseUnknown(profile, setting, "a claim", claim.getAdditionalProperties());
        if (ownClass && claim.getStorageClassName() != null) {
            throw new StorageUnavailable("profile \"%s\": %s has storageClassName %s, but dataClass takes its place"
                    .formatted(profile.name(), setting, claim.getStorageClassName()));
        }
        return ownClass
                ? new PersistentVolumeClaimSpecBuilder(claim)
                        .withStorageClassName(named.getName())
                        .build()
                : claim;
    }

    private static void refuseUnknown(
            StorageProfile profile, String setting, String kind, Map<String, Object> unknown) {
        if (!unknown.isEmpty()) {
            throw new StorageUnavailable("profile \"%s\": %s has fields that %s doesn't have: %s"
                    .formatted(profile.name(), setting, kind, String.join(", ", unknown.keySet())));
        }
    }
}

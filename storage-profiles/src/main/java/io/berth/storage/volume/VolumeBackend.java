package io.berth.storage.volume;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.Cluster;
import io.berth.storage.RunScope;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageUnavailable;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Volumes of pods, of whatever type Kubernetes mounts, in its own words. One that all pods share serves data and
 * checkpoints; one that each pod has for itself serves scratch.
 */
public final class VolumeBackend implements StorageBackend {
    @Override
    public String name() {
        return "volume";
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
                        "scratch",
                        Setting.Kind.OBJECT,
                        "a volume that each pod has for itself, such as an ephemeral claim; {emptyDir: {}} if absent"),
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

    @Override
    public Storage open(StorageProfile profile, RunScope run) {
        Cluster cluster = run.cluster()
                .orElseThrow(() -> new StorageUnavailable(
                        "profile \"%s\": only pods have volumes; use --master k8s or another profile"
                                .formatted(profile.name())));
        Settings settings = Settings.of(profile);
        Optional<Volume> given = settings.object("data").map(source -> volume(profile, "data", source));
        Optional<PersistentVolumeClaimSpec> claim = settings.object("dataClaim").map(spec -> claim(profile, spec));
        if (given.isPresent() && claim.isPresent()) {
            throw new StorageUnavailable(
                    "profile \"%s\" has both data and dataClaim (allowed: one of them)".formatted(profile.name()));
        }
        Volume scratch = settings.object("scratch")
                .map(source -> volume(profile, VolumeStorage.SCRATCH_VOLUME, source))
                .orElseGet(() -> new VolumeBuilder()
                        .withName(VolumeStorage.SCRATCH_VOLUME)
                        .withEmptyDir(new EmptyDirVolumeSource())
                        .build());
        Optional<String> source = settings.text("source").or(() -> given.flatMap(VolumeBackend::source));
        ExpectedMount expected = new ExpectedMount(
                VolumeStorage.DATA_PATH,
                settings.text("fsType"),
                source,
                settings.texts("options"),
                Optional.of(VolumeStorage.DATA_PATH));
        return new VolumeStorage(
                profile.name(), cluster, run, given, claim, scratch, expected, settings.flag("keepData", true));
    }

    /** What mountinfo will say of a volume whose source is in its own spec. */
    private static Optional<String> source(Volume volume) {
        return Optional.ofNullable(volume.getNfs()).map(nfs -> nfs.getServer() + ":" + nfs.getPath());
    }

    private static Volume volume(StorageProfile profile, String name, Map<?, ?> source) {
        Map<Object, Object> named = new HashMap<>(source);
        named.put("name", name);
        Volume volume = converted(profile, name, named, Volume.class);
        if (source.size() != 1 || !volume.getAdditionalProperties().isEmpty()) {
            throw new StorageUnavailable(
                    "profile \"%s\": %s is not one volume of Kubernetes (allowed: one of its types with its fields, such as {emptyDir: {}})"
                            .formatted(profile.name(), source));
        }
        return volume;
    }

    private static PersistentVolumeClaimSpec claim(StorageProfile profile, Map<?, ?> spec) {
        PersistentVolumeClaimSpec claim = converted(profile, "dataClaim", spec, PersistentVolumeClaimSpec.class);
        if (!claim.getAdditionalProperties().isEmpty()) {
            throw new StorageUnavailable("profile \"%s\": dataClaim has fields that a claim doesn't have: %s"
                    .formatted(
                            profile.name(),
                            String.join(", ", claim.getAdditionalProperties().keySet())));
        }
        return claim;
    }

    private static <T> T converted(StorageProfile profile, String setting, Map<?, ?> value, Class<T> type) {
        try {
            return new KubernetesSerialization().convertValue(value, type);
        } catch (IllegalArgumentException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": %s can't be read as Kubernetes' %s (%s)"
                            .formatted(
                                    profile.name(),
                                    setting,
                                    type.getSimpleName(),
                                    String.valueOf(e.getMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse("")),
                    e);
        }
    }
}

package io.berth.storage.heketi;

import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.Cluster;
import io.berth.storage.ProfileProblem;
import io.berth.storage.RunScope;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageUnavailable;
import io.berth.storage.TrustedAuthorities;
import io.berth.storage.volume.VolumeBackend;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A GlusterFS volume of a cluster outside of Kubernetes, had from Heketi: one that is made for the run, or one that is there
 * and grows if it is too small. Pods mount it as a PersistentVolume, in which the hosts and the volume's name stand for
 * those that Heketi has answered with.
 */
public final class HeketiBackend implements StorageBackend {
    private static final String SIZE = "sizeGiB";
    private static final String MOUNT = "dataVolume";
    private static final String VOLUME = "${volume}";

    /** Of the volume backend's settings, those that say how pods get the volume. */
    private static final Set<String> IN_KUBERNETES =
            Set.of(MOUNT, "scratch", "fsType", "source", "options", "keepData");

    private final Map<String, String> environment;
    private final InstantSource clock;
    private final Duration limit;
    private final VolumeBackend volumes = new VolumeBackend();

    /** Looks keys up in the environment of this process. */
    public HeketiBackend() {
        this(System.getenv(), InstantSource.system(), HeketiClient.LIMIT);
    }

    /**
     * With other surroundings.
     *
     * @param environment in place of this process' own
     * @param clock       dates what Heketi is sent
     * @param limit       of one request
     */
    HeketiBackend(Map<String, String> environment, InstantSource clock, Duration limit) {
        this.environment = Map.copyOf(environment);
        this.clock = clock;
        this.limit = limit;
    }

    @Override
    public String name() {
        return "heketi";
    }

    @Override
    public String description() {
        return "a GlusterFS volume that Heketi makes for the run";
    }

    @Override
    public List<Setting> settings() {
        List<Setting> settings = new ArrayList<>(
                List.of(
                        Setting.required(
                                "endpoint", Setting.Kind.URI, "Heketi's REST API, such as https://heketi.example:8080"),
                        Setting.optional("user", Setting.Kind.TEXT, "admin or user; admin if absent"),
                        Setting.optional(
                                "caFile",
                                Setting.Kind.TEXT,
                                "PEM file of certificate authorities that berth trusts besides the JVM's"),
                        Setting.optional(
                                SIZE,
                                Setting.Kind.NUMBER,
                                "the volume's size; one that is there and smaller is expanded to it, also by berth doctor"),
                        Setting.optional(
                                "volume",
                                Setting.Kind.TEXT,
                                "the name of a volume that is there, which stays; if absent, berth makes one for a run and removes it after it"),
                        Setting.optional(
                                "durability",
                                Setting.Kind.OBJECT,
                                "of a volume that berth makes, in Heketi's words, such as {type: replicate, replicate: {replica: 3}}; bricks without copies if absent"),
                        Setting.optional(
                                "clusters",
                                Setting.Kind.TEXTS,
                                "Heketi's ids of the clusters that may have a volume that berth makes; any if absent"),
                        Setting.required(
                                MOUNT,
                                Setting.Kind.OBJECT,
                                "the spec of a PersistentVolume that berth makes for a run. In it, and in source and options, ${volume} is GlusterFS' name of the volume, ${host} the first of its servers, and ${hosts} all of them, with commas")));
        settings.addAll(HeketiKey.settings());
        volumes.settings().stream()
                .filter(setting -> IN_KUBERNETES.contains(setting.name())
                        && !setting.name().equals(MOUNT))
                .forEach(settings::add);
        return settings;
    }

    @Override
    public Set<Role> roles() {
        return EnumSet.copyOf(volumes.roles());
    }

    @Override
    public boolean reachesPods() {
        return true;
    }

    @Override
    public Optional<ProfileProblem> problem(StorageProfile profile) {
        Settings settings = Settings.of(profile);
        OptionalLong size = size(settings);
        if (size.isPresent() && size.getAsLong() < 1) {
            return Optional.of(new ProfileProblem(
                    "/settings/" + SIZE, "%s is %d (allowed: 1 and more)".formatted(SIZE, size.getAsLong())));
        }
        if (size.isEmpty() && settings.text("volume").isEmpty()) {
            return Optional.of(new ProfileProblem(
                    "/settings", "%s is missing: the size of the volume that berth makes".formatted(SIZE)));
        }
        if (!String.valueOf(settings.object(MOUNT)).contains(VOLUME)) {
            return Optional.of(new ProfileProblem(
                    "/settings/" + MOUNT,
                    "%s has no %s, so pods would mount another volume than Heketi's".formatted(MOUNT, VOLUME)));
        }
        return volumes.problem(profile);
    }

    @Override
    public Storage open(StorageProfile profile, RunScope run) {
        Cluster cluster = cluster(profile, run);
        Settings settings = Settings.of(profile);
        HeketiClient heketi = client(profile, settings, cluster);
        String name = nameOf(profile, settings, run);
        Optional<HeketiVolume> there = heketi.find(name);
        if (settings.text("volume").isPresent()) {
            HeketiVolume volume = there.orElseThrow(() -> new StorageUnavailable(
                    "profile \"%s\": Heketi at %s has no volume %s; heketi-cli volume list tells what there is, and without volume: berth makes one"
                            .formatted(profile.name(), settings.uri("endpoint").orElseThrow(), name)));
            return volumes.open(inKubernetes(profile, grown(heketi, volume, settings)), run);
        }
        try {
            // One that is there is of an earlier process of this run.
            HeketiVolume volume = there.isPresent()
                    ? grown(heketi, there.get(), settings)
                    : heketi.create(request(name, settings, cluster));
            return new HeketiStorage(
                    volumes.openDisposable(inKubernetes(profile, volume), run), () -> heketi.delete(volume));
        } catch (RuntimeException e) {
            try {
                heketi.find(name).ifPresent(heketi::delete);
            } catch (StorageUnavailable further) {
                e.addSuppressed(further);
            }
            throw e;
        }
    }

    /** A volume of the run's own goes as it is: nothing has to be mounted for that, let alone made. */
    @Override
    public void sweep(StorageProfile profile, RunScope run) {
        Settings settings = Settings.of(profile);
        if (settings.text("volume").isPresent()) {
            open(profile, run).close();
        } else {
            HeketiClient heketi = client(profile, settings, cluster(profile, run));
            heketi.find(nameOf(profile, settings, run)).ifPresent(heketi::delete);
        }
    }

    private static Cluster cluster(StorageProfile profile, RunScope run) {
        return run.cluster()
                .orElseThrow(() -> new StorageUnavailable(
                        "profile \"%s\": only pods mount Heketi's volumes; use --master k8s or another profile"
                                .formatted(profile.name())));
    }

    private HeketiClient client(StorageProfile profile, Settings settings, Cluster cluster) {
        return new HeketiClient(
                profile.name(),
                settings.uri("endpoint").orElseThrow(),
                settings.text("user").orElse("admin"),
                HeketiKey.of(profile.name(), settings, environment, cluster),
                TrustedAuthorities.of(profile.name(), settings),
                clock,
                limit);
    }

    /** By the run's label, which no other run has; GlusterFS knows fewer characters than Kubernetes. */
    private static String nameOf(StorageProfile profile, Settings settings, RunScope run) {
        return settings.text("volume")
                .orElseGet(
                        () -> "berth-%s-%s".formatted(run.run(), profile.name()).replaceAll("[^A-Za-z0-9_-]", "-"));
    }

    private static Map<String, Object> request(String name, Settings settings, Cluster cluster) {
        Map<String, Object> request = new HashMap<>();
        request.put("name", name);
        request.put("size", size(settings).orElseThrow());
        // Else nobody but root could write to it: FlexVolume and many CSI drivers leave owners as they are.
        request.put("gid", cluster.fsGroup());
        settings.object("durability").ifPresent(durability -> request.put("durability", durability));
        if (!settings.texts("clusters").isEmpty()) {
            request.put("clusters", settings.texts("clusters"));
        }
        return request;
    }

    private static HeketiVolume grown(HeketiClient heketi, HeketiVolume volume, Settings settings) {
        long wanted = size(settings).orElse(0);
        return volume.sizeGib() < wanted ? heketi.expand(volume, wanted - volume.sizeGib()) : volume;
    }

    private static OptionalLong size(Settings settings) {
        return settings.number(SIZE).stream().asLongStream().findFirst();
    }

    /** The profile as the volume backend understands it. */
    private static StorageProfile inKubernetes(StorageProfile profile, HeketiVolume volume) {
        UnaryOperator<String> fill = text -> text.replace(VOLUME, volume.name())
                .replace("${hosts}", String.join(",", volume.hosts()))
                .replace("${host}", volume.hosts().get(0));
        Map<String, Object> settings = new HashMap<>();
        profile.settings().forEach((name, value) -> {
            if (IN_KUBERNETES.contains(name)) {
                settings.put(name, filled(value, fill));
            }
        });
        Map<String, Object> spec = new HashMap<>();
        Settings.of(profile.withSettings(settings))
                .object(MOUNT)
                .orElseThrow()
                .forEach((key, value) -> spec.put(String.valueOf(key), value));
        spec.putIfAbsent("capacity", Map.of("storage", volume.sizeGib() + "Gi"));
        settings.put(MOUNT, spec);
        return profile.withSettings(settings);
    }

    private static Object filled(Object value, UnaryOperator<String> fill) {
        if (value instanceof String text) {
            return fill.apply(text);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(it -> filled(it, fill)).toList();
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> copy = new HashMap<>();
            map.forEach((key, it) -> copy.put(key, filled(it, fill)));
            return copy;
        }
        return value;
    }
}

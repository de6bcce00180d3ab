package io.berth.reports;

import io.berth.model.results.Results;
import io.berth.model.volumes.VolumeLife;
import io.berth.model.volumes.VolumeMoment;
import io.berth.model.volumes.VolumeStep;
import io.berth.model.volumes.VolumeWave;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@code berth lifecycle} may have measured. */
final class VolumeFixture {
    private static final long MILLISECOND = 1_000_000;

    private VolumeFixture() {}

    /** A disk that can do all, measured with 1 and 10 at once, and an NFS class that can do little and was cut short. */
    static Results results() {
        return new Results(ResultsFixture.results().plan().withoutTrials(), List.of(), waves());
    }

    static List<VolumeWave> waves() {
        Map<VolumeStep, String> no = new EnumMap<>(VolumeStep.class);
        no.put(VolumeStep.ATTACH, "the driver attaches nothing");
        no.put(VolumeStep.DETACH, "the driver attaches nothing");
        no.put(VolumeStep.EXPAND, "the class has no allowVolumeExpansion");
        no.put(VolumeStep.SNAPSHOT, "no VolumeSnapshotClass of nfs.csi.k8s.io with deletionPolicy Delete");
        no.put(VolumeStep.RESTORE, "no VolumeSnapshotClass of nfs.csi.k8s.io with deletionPolicy Delete");
        List<VolumeLife> two = lives(3);
        two.set(2, new VolumeLife("nfs-3", Optional.empty(), Optional.empty(), Map.of(VolumeMoment.CLAIMED, 0L)));
        return List.of(
                wave("disk", "csi", "csi.example", 1, lives(1), Map.of(), Map.of()),
                wave("disk", "csi", "csi.example", 10, lives(10), Map.of(), Map.of()),
                wave(
                        "nfs",
                        "nfs-csi",
                        "nfs.csi.k8s.io",
                        3,
                        two,
                        no,
                        Map.of(
                                VolumeStep.BIND,
                                "1 of 3 not within 300 s: ProvisioningFailed: <no> \"space\"",
                                VolumeStep.MOUNT,
                                "not all volumes were mounted",
                                VolumeStep.UNMOUNT,
                                "not all volumes were mounted",
                                VolumeStep.DELETE,
                                "not all volumes were mounted")));
    }

    private static VolumeWave wave(
            String profile,
            String storageClass,
            String driver,
            int count,
            List<VolumeLife> lives,
            Map<VolumeStep, String> unsupported,
            Map<VolumeStep, String> unmeasured) {
        return new VolumeWave(
                profile,
                storageClass,
                driver,
                count,
                Instant.parse("2026-01-01T00:00:00Z"),
                lives,
                unsupported,
                unmeasured);
    }

    /** The first takes 100 ms for each moment, the others 50 ms more than the one before. */
    private static List<VolumeLife> lives(int count) {
        List<VolumeLife> lives = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Map<VolumeMoment, Long> moments = new EnumMap<>(VolumeMoment.class);
            long at = 0;
            for (VolumeMoment moment : VolumeMoment.values()) {
                moments.put(moment, at);
                at += (100L + 50L * i) * MILLISECOND;
            }
            lives.add(new VolumeLife(
                    "claim-" + (i + 1), Optional.of("pvc-" + (i + 1)), Optional.of("pvc-r-" + (i + 1)), moments));
        }
        return lives;
    }
}

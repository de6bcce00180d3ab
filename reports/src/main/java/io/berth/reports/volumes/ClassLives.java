package io.berth.reports.volumes;

import io.berth.model.volumes.VolumeStep;
import io.berth.model.volumes.VolumeWave;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Everything measured of one class' volumes.
 *
 * @param profile      whose class it is
 * @param storageClass its name in the cluster
 * @param provisioner  of the class
 * @param waves        one for each number of volumes at once, in the order of measurement
 */
public record ClassLives(String profile, String storageClass, String provisioner, List<VolumeWave> waves) {
    public ClassLives {
        waves = List.copyOf(waves);
    }

    /** Waves by the profile that they are of. */
    public static List<ClassLives> of(List<VolumeWave> waves) {
        Map<String, List<VolumeWave>> byProfile = new LinkedHashMap<>();
        waves.forEach(wave -> byProfile
                .computeIfAbsent(wave.profile(), name -> new ArrayList<>())
                .add(wave));
        return byProfile.values().stream()
                .map(its -> new ClassLives(
                        its.get(0).profile(),
                        its.get(0).storageClass(),
                        its.get(0).provisioner(),
                        its))
                .toList();
    }

    /** What one wave's steps took, in the order of a life. */
    public static List<StepOfWave> steps(VolumeWave wave) {
        return Stream.of(VolumeStep.values())
                .map(step -> StepOfWave.of(wave, step))
                .toList();
    }

    /** What a step took, for each wave. */
    public List<StepOfWave> of(VolumeStep step) {
        return waves.stream().map(wave -> StepOfWave.of(wave, step)).toList();
    }

    /** Why steps have no number, or not of all volumes, each reason once: {@code expand: …}. */
    public List<String> reasons() {
        return Stream.of(VolumeStep.values())
                .flatMap(step -> of(step).stream())
                .flatMap(it -> it.reason().stream().map(reason -> "%s: %s: %s"
                        .formatted(
                                it.step().title(),
                                it.state() == StepOfWave.State.NOT_SUPPORTED
                                        ? it.state().label()
                                        : "not measured, %d at once".formatted(it.count()),
                                reason)))
                .distinct()
                .toList();
    }
}

package io.berth.model.volumes;

import io.berth.model.text.FormatVersion;
import java.util.List;

/**
 * What {@code berth lifecycle} has measured.
 *
 * @param format version of this file's format
 * @param waves  in the order of their execution
 */
public record VolumeLives(FormatVersion format, List<VolumeWave> waves) {
    public VolumeLives {
        waves = List.copyOf(waves);
    }
}

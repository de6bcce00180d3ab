package io.berth.model.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class VolumeStepTest {
    @Test
    void aClassThatWaitsForAPodBindsFromThere() {
        assertThat(VolumeStep.BIND.nanos(
                        Map.of(VolumeMoment.CLAIMED, 10L, VolumeMoment.POD_MADE, 30L, VolumeMoment.BOUND, 100L)))
                .hasValue(70);
        // The pod of one that doesn't comes later.
        assertThat(VolumeStep.BIND.nanos(
                        Map.of(VolumeMoment.CLAIMED, 10L, VolumeMoment.POD_MADE, 130L, VolumeMoment.BOUND, 100L)))
                .hasValue(90);
    }

    @Test
    void aVolumeIsMountedFromItsAttachmentOnIfItHasOne() {
        assertThat(VolumeStep.MOUNT.nanos(
                        Map.of(VolumeMoment.SCHEDULED, 10L, VolumeMoment.ATTACHED, 60L, VolumeMoment.MOUNTED, 100L)))
                .hasValue(40);
        assertThat(VolumeStep.MOUNT.nanos(Map.of(VolumeMoment.SCHEDULED, 10L, VolumeMoment.MOUNTED, 100L)))
                .hasValue(90);
    }

    @Test
    void aStepWithoutItsBeginningOrItsEndHasNoTime() {
        assertThat(VolumeStep.DETACH.nanos(Map.of(VolumeMoment.POD_ENDED, 10L))).isEmpty();
        assertThat(VolumeStep.DETACH.nanos(Map.of(VolumeMoment.DETACHED, 10L))).isEmpty();
        assertThat(VolumeStep.DETACH.nanos(Map.of())).isEmpty();
    }
}

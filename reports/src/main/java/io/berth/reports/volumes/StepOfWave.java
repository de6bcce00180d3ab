package io.berth.reports.volumes;

import com.fasterxml.jackson.annotation.JsonValue;
import io.berth.model.volumes.VolumeStep;
import io.berth.model.volumes.VolumeWave;
import io.berth.reports.statistics.Estimate;
import io.berth.reports.statistics.Interval;
import io.berth.reports.text.Quantity;
import java.util.List;
import java.util.Optional;

/**
 * What a step took for volumes that went through it at once.
 *
 * @param step    which
 * @param state   whether there is a number
 * @param samples seconds of each volume that has gone through it
 * @param count   how many volumes were to
 * @param reason  why there is no number, or not of all volumes
 */
public record StepOfWave(VolumeStep step, State state, List<Double> samples, int count, Optional<String> reason) {
    /** Whether a step has a number. */
    public enum State {
        MEASURED("measured"),
        /** The class doesn't have it. */
        NOT_SUPPORTED("not supported"),
        NOT_MEASURED("not measured");

        private final String label;

        State(String label) {
            this.label = label;
        }

        /** For people and machines. */
        @JsonValue
        public String label() {
            return label;
        }
    }

    public StepOfWave {
        samples = List.copyOf(samples);
    }

    static StepOfWave of(VolumeWave wave, VolumeStep step) {
        List<Double> samples = wave.nanos(step).stream().map(it -> it / 1e9).toList();
        String unsupported = wave.unsupported().get(step);
        State state =
                unsupported != null ? State.NOT_SUPPORTED : samples.isEmpty() ? State.NOT_MEASURED : State.MEASURED;
        return new StepOfWave(
                step,
                state,
                state == State.MEASURED ? samples : List.of(),
                wave.count(),
                Optional.ofNullable(
                        unsupported != null ? unsupported : wave.unmeasured().get(step)));
    }

    /** Over the volumes; absent unless measured. */
    public Optional<Estimate> seconds() {
        return Estimate.of(samples);
    }

    /** Of the slowest volume. */
    public Optional<Double> most() {
        return seconds().map(it -> it.range().map(Interval::high).orElse(it.median()));
    }

    /** Median and maximum, or why there is neither, in a few words. */
    public String text() {
        if (samples.isEmpty()) {
            return state.label();
        }
        String median = Quantity.seconds(seconds().orElseThrow().median());
        return (samples.size() == 1 ? median : "%s, max %s".formatted(median, Quantity.seconds(most().orElseThrow())))
                + (samples.size() < count ? ", n=%d".formatted(samples.size()) : "");
    }
}

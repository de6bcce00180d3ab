package io.berth.model.results;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;

/**
 * The numbers of a completed trial.
 *
 * @param iterations every iteration, warm-up ones too
 * @param stages     every stage attempt of every iteration
 * @param histograms latencies of storage calls; empty when the I/O probe was off
 * @param answers    what was verified
 * @param io         storage calls outside of tasks, for every iteration; empty when the I/O probe was off
 */
public record Measurements(
        List<IterationMeasurement> iterations,
        List<StageMeasurement> stages,
        List<OperationHistogram> histograms,
        List<Answer> answers,
        @JsonSetter(nulls = Nulls.AS_EMPTY) List<IterationIo> io) {
    public Measurements {
        iterations = List.copyOf(iterations);
        stages = List.copyOf(stages);
        histograms = List.copyOf(histograms);
        answers = List.copyOf(answers);
        io = List.copyOf(io);
    }

    /** Those of a trial without calls outside of tasks. */
    public Measurements(
            List<IterationMeasurement> iterations,
            List<StageMeasurement> stages,
            List<OperationHistogram> histograms,
            List<Answer> answers) {
        this(iterations, stages, histograms, answers, List.of());
    }

    /** The iterations that count. */
    public List<IterationMeasurement> measured() {
        return iterations.stream().filter(iteration -> !iteration.warmup()).toList();
    }
}

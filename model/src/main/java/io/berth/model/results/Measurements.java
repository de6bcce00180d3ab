package io.berth.model.results;

import java.util.List;

/**
 * The numbers of a completed trial.
 *
 * @param iterations every iteration, warm-up ones too
 * @param stages     every stage attempt of every iteration
 * @param histograms latencies of storage calls; empty when the I/O probe was off
 * @param answers    what was verified
 */
public record Measurements(
        List<IterationMeasurement> iterations,
        List<StageMeasurement> stages,
        List<OperationHistogram> histograms,
        List<Answer> answers) {
    public Measurements {
        iterations = List.copyOf(iterations);
        stages = List.copyOf(stages);
        histograms = List.copyOf(histograms);
        answers = List.copyOf(answers);
    }

    /** The iterations that count. */
    public List<IterationMeasurement> measured() {
        return iterations.stream().filter(iteration -> !iteration.warmup()).toList();
    }
}

package io.berth.runner.run;

import io.berth.model.plan.Trial;
import io.berth.model.results.TrialResult;
import java.time.Duration;

/** What a person who waits is told. */
public interface Progress extends AutoCloseable {

    /** The work ahead, before the first trial. */
    void begin(int trials, Duration estimate);

    void started(Trial trial, Duration estimatedRest);

    /** How far the trial has come that has started. Lines, which stay, are no place for it. */
    default void phase(String phase) {}

    void ended(TrialResult result, Duration estimatedRest);

    /** Something worth a line of its own. */
    void note(String line);

    @Override
    void close();
}

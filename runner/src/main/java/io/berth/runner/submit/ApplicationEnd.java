package io.berth.runner.submit;

import io.berth.model.results.PodLife;
import io.berth.model.results.TrialOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How an application's process came to its end.
 *
 * @param way      by itself or stopped
 * @param exitCode of the process
 * @param elapsed  from its start to its end
 * @param failure  why it never ran or was ended from outside, as far as the submitter knows better than the exit code says
 * @param pods     the pods it ran in; none outside of Kubernetes
 */
public record ApplicationEnd(
        Way way, int exitCode, Duration elapsed, Optional<TrialOutcome.Failed> failure, List<PodLife> pods) {
    public ApplicationEnd {
        pods = List.copyOf(pods);
    }

    /** The end of a process of this machine. */
    public ApplicationEnd(Way way, int exitCode, Duration elapsed) {
        this(way, exitCode, elapsed, Optional.empty(), List.of());
    }

    /** Whether a process of it may have run. */
    public boolean began() {
        return !elapsed.isZero()
                && (pods.isEmpty()
                        || pods.stream().anyMatch(pod -> pod.startedNanos().isPresent()));
    }

    /** Who ended the application. */
    public enum Way {
        /** It ended by itself, or something outside of berth ended it. */
        EXITED,
        /** It was stopped at its time limit. */
        TIMED_OUT,
        /** It was stopped because the submission's caller didn't want to go on. */
        ABANDONED,
        /** It was stopped because the run was. */
        INTERRUPTED
    }
}

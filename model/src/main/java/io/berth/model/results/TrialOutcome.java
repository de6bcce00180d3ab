package io.berth.model.results;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** How a trial ended. Only {@link Completed} carries numbers, so that nothing can be computed from a failure. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "outcome")
@JsonSubTypes({
    @JsonSubTypes.Type(value = TrialOutcome.Completed.class, name = "completed"),
    @JsonSubTypes.Type(value = TrialOutcome.Unverified.class, name = "unverified"),
    @JsonSubTypes.Type(value = TrialOutcome.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = TrialOutcome.TimedOut.class, name = "timed-out"),
})
public sealed interface TrialOutcome {

    /** The application ended well and its answers are right. */
    record Completed(Measurements measurements) implements TrialOutcome {}

    /** The application ended well, but what it computed, or the record of it, can't be trusted. */
    record Unverified(String reason, List<Answer> answers) implements TrialOutcome {
        public Unverified {
            answers = List.copyOf(answers);
        }
    }

    /** The application didn't end well, or never began. */
    record Failed(Cause cause, String reason) implements TrialOutcome {}

    /** The application was stopped at its time limit. */
    record TimedOut(int limitSeconds) implements TrialOutcome {}

    /** Whose failure it was. */
    enum Cause {
        /** The machine, the cluster or the storage: no process, no mount, no space, a killed process. */
        INFRASTRUCTURE,
        /** The application: an exception, out of memory. */
        APPLICATION;

        /** The name in files. */
        @JsonValue
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The one way to tell the outcomes apart. */
    default <T> T fold(
            Function<Completed, T> completed,
            Function<Unverified, T> unverified,
            Function<Failed, T> failed,
            Function<TimedOut, T> timedOut) {
        if (this instanceof Completed it) {
            return completed.apply(it);
        }
        if (this instanceof Unverified it) {
            return unverified.apply(it);
        }
        if (this instanceof Failed it) {
            return failed.apply(it);
        }
        return timedOut.apply((TimedOut) this);
    }

    /** The name in files and reports. */
    default String label() {
        return fold(it -> "completed", it -> "unverified", it -> "failed", it -> "timed-out");
    }

    /** Why there are no numbers, and whose failure it was; empty when there are numbers. */
    default String explanation() {
        return fold(
                it -> "",
                Unverified::reason,
                it -> it.cause().label() + ": " + it.reason(),
                it -> "stopped at its time limit of %d s".formatted(it.limitSeconds()));
    }

    /** 0 for the best outcome; a cell's outcome is the worst of its trials. */
    default int severity() {
        return fold(it -> 0, it -> 1, it -> 2, it -> 3);
    }
}

package io.berth.reports.cells;

import com.fasterxml.jackson.annotation.JsonValue;
import io.berth.model.results.TrialOutcome;
import java.util.Locale;

/** How a trial or a cell ended, from best to worst. A cell's outcome is the worst of its trials. */
public enum CellOutcome {
    /** Every planned trial ended well with right answers. */
    COMPLETED,
    /** The trials that have run completed; others haven't run yet. Only a cell can be so. */
    PARTIAL,
    /** No trial has run. */
    NOT_RUN,
    /** A trial ended well, but what it computed or recorded can't be trusted. */
    UNVERIFIED,
    /** A trial didn't end well. */
    FAILED,
    /** A trial was stopped at its time limit. */
    TIMED_OUT;

    static CellOutcome of(TrialOutcome outcome) {
        return outcome.fold(it -> COMPLETED, it -> UNVERIFIED, it -> FAILED, it -> TIMED_OUT);
    }

    /** Why a trial has no numbers, with whose failure it was; empty if it has some. */
    static String reason(TrialOutcome outcome) {
        return outcome.fold(
                it -> "",
                TrialOutcome.Unverified::reason,
                it -> it.cause().label() + ": " + it.reason(),
                it -> "stopped at its time limit of %s s".formatted(it.limitSeconds()));
    }

    CellOutcome worse(CellOutcome other) {
        return compareTo(other) >= 0 ? this : other;
    }

    /** Whether numbers may be computed from it. A cell with one bad trial has none: the survivors are a biased sample. */
    public boolean hasNumbers() {
        return this == COMPLETED || this == PARTIAL;
    }

    /** Whether somebody must look at it. */
    public boolean isBad() {
        return compareTo(UNVERIFIED) >= 0;
    }

    /** The name in files and reports: {@code timed-out}. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

package io.berth.workloads;

import io.berth.model.results.Answer;
import java.util.List;

/**
 * Something worth timing on a storage. An implementation has a public constructor without arguments and may keep state in
 * fields: one instance serves one trial, and its methods are called from one thread, in this order: {@link #prepare}
 * once, then {@link #run} and {@link #verify} for every iteration, warm-up ones first. A trial that only prepares ends
 * after {@link #prepare}.
 *
 * <p>Not promised: that {@code prepare} and {@code run} happen in the same process (a data set must be found again by its
 * place), that storage directories exist, that they are empty but for the iteration's output, that caches are cold or
 * warm, or that {@code verify} is reached after {@code run}.
 *
 * <p>Whatever is thrown ends the trial as failed; berth tells failures of the storage from those of the workload.
 */
public interface Workload {

    /**
     * Puts the data in place, untimed. Must do nothing if it is there and whole, and must refuse, by an exception that
     * says what to do, what it doesn't recognise as its own. A data set belongs under {@link TrialContext#data()} and is
     * reported with {@link TrialContext#dataSetReady}.
     */
    void prepare(TrialContext trial) throws Exception;

    /**
     * Does the work once, timed. Every part that deserves a number of its own runs inside {@link Iteration#step}; Spark
     * stages are attributed to the step that was open when they were submitted, and those outside of any step are not
     * reported. Output goes to {@link Iteration#output()}.
     *
     * <p>Once {@code run} returns, what was written must be closed, no Spark job may be active, and nothing may run on in
     * the background.
     */
    void run(Iteration iteration) throws Exception;

    /**
     * Tells, untimed, what the last {@link #run} computed, at least one answer. Equal parameters must give equal answers
     * in every iteration and on every storage; berth compares them. A wrong answer is not an exception: it is returned
     * with the expected one.
     */
    List<Answer> verify(Iteration iteration) throws Exception;
}

package io.berth.runner.submit;

import java.io.IOException;
import java.util.function.BooleanSupplier;

/**
 * Runs Spark applications in one kind of place.
 *
 * @implSpec When {@code run} returns or throws, nothing of the application is left but its log and its records, both in the
 *     submission's directory.
 */
public interface Submitter {

    /**
     * Runs one application to its end, at most for the time limit of its spec.
     *
     * @param goOn asked about once a second; {@code false} stops the application
     * @throws IOException if it can't be started
     */
    ApplicationEnd run(Submission submission, BooleanSupplier goOn) throws IOException;

    /**
     * As the other {@code run}, for who has something to do meanwhile.
     *
     * @param whileItGoes is run once the application has ended well, while its records are fetched and what is left of it is
     *     removed; must return at once. Not every submitter does it
     */
    default ApplicationEnd run(Submission submission, BooleanSupplier goOn, Runnable whileItGoes) throws IOException {
        return run(submission, goOn);
    }

    /** Stops the running application and keeps later ones from starting. May be called from any thread. */
    void interrupt();
}

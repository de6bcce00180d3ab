package io.berth.runner.run;

import io.berth.storage.Storage.Nonces;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * A look at what the processes of a trial have left on its storage. It may take a pod, so it may begin while those of the
 * application still go.
 */
final class NonceLook {
    private final FutureTask<Nonces> task;
    private volatile boolean begun;

    /**
     * A look that hasn't begun.
     *
     * @param nonces asks the storage; throws what this throws
     */
    NonceLook(Supplier<Nonces> nonces) {
        this.task = new FutureTask<>(nonces::get);
    }

    /** Begins in a thread of its own. */
    void begin() {
        begun = true;
        Thread thread = new Thread(task, "look");
        thread.setDaemon(true);
        thread.start();
    }

    /** What the storage has; begins here if it hasn't. */
    Nonces found() {
        if (!begun) {
            begun = true;
            task.run();
        }
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Waits for a look whose outcome nobody needs any more, so that it doesn't disturb what follows. */
    void end() {
        if (begun) {
            try {
                found();
            } catch (RuntimeException e) {
                // Nobody wanted to know.
            }
        }
    }
}

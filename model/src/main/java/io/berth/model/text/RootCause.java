package io.berth.model.text;

/** What is at the bottom of an exception; the layers above it often say only that something failed. */
public final class RootCause {
    private RootCause() {}

    /** The last of its causes, or the exception itself. */
    public static Throwable of(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}

package io.berth.storage;

import io.berth.model.check.Trouble;
import io.berth.model.text.RootCause;

/** A storage that can't be used or isn't what its profile says. The message is for people: what, where and what to do. */
public final class StorageUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Trouble trouble;

    public StorageUnavailable(String message) {
        this(Trouble.OTHER, message);
    }

    /** What kind of trouble it is, where no cause says so. */
    public StorageUnavailable(Trouble trouble, String message) {
        super(message);
        this.trouble = trouble;
    }

    public StorageUnavailable(String message, Throwable cause) {
        this(Trouble.of(cause), message, cause);
    }

    /** What kind of trouble it is, where the cause doesn't say so. */
    public StorageUnavailable(Trouble trouble, String message, Throwable cause) {
        super(message, cause);
        this.trouble = trouble;
    }

    /**
     * A server that doesn't answer, or that nobody vouches for.
     *
     * @param where its address, and whatever else is to be said of it
     */
    public static StorageUnavailable unanswered(String profile, String where, Throwable cause) {
        Throwable root = RootCause.of(cause);
        String problem = "%s (%s: %s)".formatted(where, root.getClass().getSimpleName(), root.getMessage());
        Trouble trouble = Trouble.of(cause);
        return new StorageUnavailable(
                trouble,
                "profile \"%s\": %s"
                        .formatted(
                                profile,
                                trouble == Trouble.TLS
                                        ? "no trusted connection to %s; if its certificate is of an authority of your own, name that as caFile"
                                                .formatted(problem)
                                        : "nothing answers at %s; see whether it runs and its address is right"
                                                .formatted(problem)),
                cause);
    }

    /** What kind of trouble it is. */
    public Trouble trouble() {
        return trouble;
    }
}

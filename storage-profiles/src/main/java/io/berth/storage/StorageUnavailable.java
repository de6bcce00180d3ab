package io.berth.storage;

import io.berth.model.check.Trouble;

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

    /** What kind of trouble it is. */
    public Trouble trouble() {
        return trouble;
    }
}

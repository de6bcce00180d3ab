package io.berth.model.text;

/**
 * Something that a person wrote and that can't be used. The message is all the person sees, so it names the place, the
 * value, what is allowed and what to do.
 */
public final class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BadInput(String message) {
        super(message);
    }

    public BadInput(String message, Throwable cause) {
        super(message, cause);
    }
}

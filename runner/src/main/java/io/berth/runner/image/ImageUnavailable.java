package io.berth.runner.image;

/** An image that can't be made of what there is, or can't be brought where it belongs. The message is for people. */
public final class ImageUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ImageUnavailable(String message) {
        super(message);
    }

    ImageUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}

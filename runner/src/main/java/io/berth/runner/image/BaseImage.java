package io.berth.runner.image;

import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import io.berth.model.text.BadInput;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the image is made on: something with a Java 17 runtime and a shell, which is always the same. Either an archive as
 * {@code docker save} writes it, or an image of a registry by its digest.
 */
record BaseImage(String text, Optional<Path> archive, Optional<ImageReference> reference) {

    /**
     * Reads the option {@code --base}.
     *
     * @throws BadInput if it is neither a file nor the name of an image with its digest
     */
    static BaseImage parse(String text) {
        Optional<Path> file = file(text);
        if (file.isPresent()) {
            return new BaseImage(text, file, Optional.empty());
        }
        ImageReference reference;
        try {
            reference = ImageReference.parse(text);
        } catch (InvalidImageReferenceException e) {
            throw new BadInput(
                    "--base %s: no such file, nor the name of an image (allowed: %s)".formatted(text, ALLOWED), e);
        }
        if (reference.getDigest().isEmpty()) {
            throw new BadInput(
                    "--base %s: no such file, and as an image it isn't pinned (allowed: %s)".formatted(text, ALLOWED));
        }
        return new BaseImage(text, Optional.empty(), Optional.of(reference));
    }

    private static final String ALLOWED = "the tar of an image, or REGISTRY/NAME@sha256:DIGEST";

    private static Optional<Path> file(String text) {
        try {
            return Optional.of(Path.of(text)).filter(Files::isRegularFile);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}

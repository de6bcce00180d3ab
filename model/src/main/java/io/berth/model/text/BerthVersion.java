package io.berth.model.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/**
 * Which berth this is.
 *
 * @param number of the release
 * @param commit of the sources it was built from, with {@code -dirty} behind it if they had been changed; absent if it was
 *               built outside of a repository
 */
public record BerthVersion(String number, Optional<String> commit) {

    /** That of the running process. */
    public static BerthVersion current() {
        Properties built = new Properties();
        try (InputStream in = BerthVersion.class.getResourceAsStream("berth.properties")) {
            if (in == null) {
                throw new IllegalStateException("berth.properties is not on the class path");
            }
            built.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new BerthVersion(
                Optional.ofNullable(built.getProperty("version")).orElseThrow(),
                // Placeholders are left as they are where Maven knows no value.
                Optional.ofNullable(built.getProperty("commit"))
                        .filter(commit -> commit.matches("[0-9a-f]+(-dirty)?")));
    }

    /** {@code 0.1.0 (1a2b3c4d5e)}. */
    @Override
    public String toString() {
        return number + commit.map(it -> " (" + it + ")").orElse("");
    }
}

package io.berth.model.text;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * The version of a file format. A newer minor version only adds what an older reader of files may ignore; an unknown major
 * version is refused. A runner and an application that talk to each other must be of the very same version: who ignored what
 * it is told would measure something else.
 *
 * @param major changes when an older reader would misread the file
 * @param minor changes when something was added
 */
public record FormatVersion(int major, int minor) {
    /** The version of every format in this release: plan, trial spec, record lines and trial files move together. */
    public static final FormatVersion CURRENT = new FormatVersion(1, 2);

    @JsonCreator
    public static FormatVersion parse(String text) {
        String[] parts = text.split("\\.", -1);
        try {
            if (parts.length == 2) {
                return new FormatVersion(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
            }
        } catch (NumberFormatException e) {
            throw new BadInput("format version \"%s\" is not MAJOR.MINOR".formatted(text), e);
        }
        throw new BadInput("format version \"%s\" is not MAJOR.MINOR".formatted(text));
    }

    /**
     * Refuses a file that this release would misread.
     *
     * @throws BadInput naming both versions
     */
    public void requireReadable(String what) {
        if (major != CURRENT.major) {
            throw new BadInput("%s has format version %s, but this berth reads %d.x; use the berth that wrote it"
                    .formatted(what, this, CURRENT.major));
        }
    }

    /** Whether it is later than another. */
    public boolean isAfter(FormatVersion other) {
        return major != other.major ? major > other.major : minor > other.minor;
    }

    @JsonValue
    @Override
    public String toString() {
        return major + "." + minor;
    }
}

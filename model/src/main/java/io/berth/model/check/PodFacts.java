package io.berth.model.check;

import io.berth.model.text.FormatVersion;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a pod found: its answer to a {@link PodTask}, as the last line that it prints.
 *
 * @param clockMillis its clock, in milliseconds since 1970
 * @param user        its user and groups, for people
 * @param freeBytes   what the directory's file system has left; absent if it isn't one or doesn't say
 * @param problems    what is wrong
 * @param format      the version of its formats, which must be the runner's
 * @param sparkVersion of the Spark that is on its class path
 */
public record PodFacts(
        long clockMillis,
        String user,
        OptionalLong freeBytes,
        List<Problem> problems,
        Optional<FormatVersion> format,
        Optional<String> sparkVersion) {
    public PodFacts {
        problems = List.copyOf(problems);
    }

    /**
     * Something that is wrong.
     *
     * @param trouble what kind of thing
     * @param found   for people
     */
    public record Problem(Trouble trouble, String found) {}
}

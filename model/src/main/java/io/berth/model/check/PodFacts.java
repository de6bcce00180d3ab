package io.berth.model.check;

import java.util.List;
import java.util.OptionalLong;

/**
 * What a pod found: its answer to a {@link PodTask}, as the last line that it prints.
 *
 * @param clockMillis its clock, in milliseconds since 1970
 * @param user        its user and groups, for people
 * @param freeBytes   what the directory's file system has left; absent if it isn't one or doesn't say
 * @param problems    what is wrong
 */
public record PodFacts(long clockMillis, String user, OptionalLong freeBytes, List<Problem> problems) {
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

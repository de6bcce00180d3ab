package io.berth.runner.doctor;

import java.util.Optional;

/**
 * Something that is not as a run needs it.
 *
 * @param code    see {@link FindingKind#code}
 * @param profile which it concerns; all of them if absent
 * @param found   what is there, in one line
 * @param advice  what to do, in one line
 */
public record Finding(String code, Optional<String> profile, String found, String advice) {}

package io.berth.storage;

import java.nio.file.Path;

/**
 * What a storage needs to know of the run that uses it.
 *
 * @param run  label of the run; names everything it creates
 * @param logs where servers that a storage starts write their logs
 */
public record RunScope(String run, Path logs) {}

package io.berth.storage;

/**
 * What is wrong with a profile.
 *
 * @param pointer where in its file, such as {@code /settings/dataClaim}
 * @param message says what is there, what is allowed and what to do
 */
public record ProfileProblem(String pointer, String message) {}

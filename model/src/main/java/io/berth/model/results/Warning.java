package io.berth.model.results;

/**
 * Something a reader must know before believing a number.
 *
 * @param code    stable, such as {@code page-cache}; documented in docs/biases.md
 * @param message one sentence
 */
public record Warning(String code, String message) {}

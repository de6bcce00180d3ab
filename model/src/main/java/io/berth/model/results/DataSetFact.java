package io.berth.model.results;

/**
 * A data set that a workload reads.
 *
 * @param name         with its scale
 * @param uri          where it is
 * @param digest       of its manifest: equal digests mean equal rows
 * @param files        number of files
 * @param bytes        on the storage
 * @param rows         of all tables
 * @param reused       whether it was there already
 * @param elapsedNanos to make or to check it
 */
public record DataSetFact(
        String name, String uri, String digest, int files, long bytes, long rows, boolean reused, long elapsedNanos) {}

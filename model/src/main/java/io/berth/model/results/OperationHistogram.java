package io.berth.model.results;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * The latencies of one operation in one step, mergeable over tasks, iterations and trials.
 *
 * @param iteration index of the iteration; absent for calls outside of any, such as those that prepare data or verify
 *                  answers, and those of threads that nobody can be held to account for
 * @param step      the step it ran for; absent outside of one
 * @param scheme    scheme of the file system, such as {@code file}, {@code hdfs}, {@code s3a}; {@code local} for Spark's
 *                  own scratch files
 * @param operation the kind of call
 * @param encoded   an HdrHistogram of nanoseconds in its compressed V2 encoding, Base64
 */
public record OperationHistogram(
        OptionalInt iteration, Optional<String> step, String scheme, IoCategory operation, String encoded) {}

package io.berth.model.results;

/**
 * The latencies of one operation in one step, mergeable over tasks, iterations and trials.
 *
 * @param iteration index of the iteration
 * @param step      the step it ran for
 * @param scheme    scheme of the file system, such as {@code file}, {@code hdfs}, {@code s3a}; {@code local} for Spark's
 *                  own scratch files
 * @param operation the kind of call
 * @param encoded   an HdrHistogram of nanoseconds in its compressed V2 encoding, Base64
 */
public record OperationHistogram(int iteration, String step, String scheme, IoCategory operation, String encoded) {}

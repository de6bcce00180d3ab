package io.berth.reports.cells;

import io.berth.model.results.Warning;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Everything that a report can warn of, whether it has found that itself or an application has said it. Each is documented
 * under its code in docs/biases.md; an application of your own may add warnings with further codes.
 */
public enum WarningKind {
    MEMORY(
            "It is memory, not storage",
            "tmpfs keeps its files in the page cache. It shows how fast the workload is when storage costs nothing; it is no candidate for a purchase."),
    SAME_DEVICE(
            "Both sides share a device",
            "Two profiles on one file system or device differ in their settings only, and they share its caches, its queue and its wear."),
    SEMANTICS_DIFFER(
            "The times mean different things",
            "A time that ends before the data is safe can't be set against one that ends after it, nor one Spark against another where storages are compared. There is no ratio between such cells."),
    PAGE_CACHE(
            "The page cache was left as it was",
            "Input that was read or written shortly before may come from memory. Then the time is the memory's, not the storage's. It matters more, the smaller the data set is beside the machine's memory."),
    ACCESS_TYPES_DIFFER(
            "The profiles are reached in different ways",
            "A local disk, a network file system and an object store are slow for different reasons and fail in different ways. A ratio between them is true, but it is not the whole comparison."),
    SCRATCH_ELSEWHERE(
            "Shuffle and spill were not on this storage",
            "Spark's local directories need a mounted directory. Where a profile can't serve them they stay on a local one, and their share of the time isn't this storage's."),
    CHECKPOINT_ELSEWHERE(
            "Checkpoints were not on this storage",
            "Where a profile can't serve checkpoints they stay on a local one, and the time that they take isn't this storage's."),
    DATA_DIFFERS(
            "The data sets differ",
            "The compared profiles read data sets with different manifests, so they may have done different work."),
    ENVIRONMENT_DIFFERS(
            "The environments differ",
            "Something besides the storage changed between the compared trials. The difference may come from there."),
    DISTURBED(
            "Something disturbed a trial",
            "The application ended well, but an executor was lost, tasks failed or were killed and ran again, or the clock was set. What was done twice is part of the time you see."),
    FAILOVER(
            "Another server took over",
            "A server of the storage failed or was replaced while the trial ran, and clients went on with another one. What they waited for is part of the time you see."),
    RETRIED(
            "A trial needed more than one attempt",
            "The numbers are those of the attempt that completed. What made the others fail may have slowed this one too."),
    PARTIAL("The run isn't complete", "Some planned trials haven't run. Numbers may still change."),
    FEW_FORKS(
            "Too few forks for an interval",
            "The median has a 95 % confidence interval only from six forks on. With fewer, the range shows what happened, not what to expect."),
    SPREAD(
            "The forks differ a lot",
            "The range is more than a fifth of the median. A difference of that size between profiles may be chance."),
    UNSTEADY(
            "A fork had not settled",
            "The measured iterations of one application differ by more than a fifth. It was still warming up, or something disturbed it; the value of that fork is a compromise between different states."),
    SHORT_ITERATIONS(
            "Iterations are short",
            "In less than a second, start-up of tasks, compilation and the clock's granularity are a large part of the time."),
    PROBE_INCOMPLETE(
            "The I/O probe has missed calls",
            "A process ran without the probe's agent, or a class could not be hooked. Blocked times and counts of calls are lower bounds."),
    DRAIN(
            "Much was still on its way to the storage",
            "The time ends when the writes returned. The drain that follows is timed apart, and here it is large: the storage is slower than the time says.");

    private final String title;
    private final String explanation;

    WarningKind(String title, String explanation) {
        this.title = title;
        this.explanation = explanation;
    }

    /** The kind of that code; absent for codes of an application that berth doesn't know. */
    public static Optional<WarningKind> of(String code) {
        return Arrays.stream(values()).filter(it -> it.code().equals(code)).findFirst();
    }

    /** The stable name in JSON and in docs/biases.md: {@code page-cache}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A short line for people. */
    public String title() {
        return title;
    }

    /** Why it matters, in one or two sentences. */
    public String explanation() {
        return explanation;
    }

    Warning says(String message) {
        return new Warning(code(), message);
    }
}

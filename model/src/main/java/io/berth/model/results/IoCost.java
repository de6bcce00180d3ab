package io.berth.model.results;

/**
 * The calls of one category.
 *
 * @param calls outermost calls
 * @param nanos wall time inside them
 * @param bytes moved by them; 0 for calls that move none
 */
public record IoCost(long calls, long nanos, long bytes) {
    public static final IoCost NONE = new IoCost(0, 0, 0);

    public IoCost plus(IoCost other) {
        return new IoCost(calls + other.calls, nanos + other.nanos, bytes + other.bytes);
    }
}

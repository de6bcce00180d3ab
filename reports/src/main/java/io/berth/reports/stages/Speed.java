package io.berth.reports.stages;

import io.berth.model.results.IoCategory;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Bytes over the time that a thread waited for them. What is written isn't written before it is closed and committed, and
 * what is read has to be opened; the bytes of a vectored read are those that were asked for, and the time is that until
 * they came.
 */
final class Speed {
    private Speed() {}

    /**
     * The bytes of a category over the time of all calls that it takes to move them.
     *
     * @param nanos time in the calls of a category
     * @param bytes moved by the calls of a category
     * @return bytes per second; absent if none were moved
     */
    static Optional<Double> of(
            IoCategory category, ToDoubleFunction<IoCategory> nanos, ToDoubleFunction<IoCategory> bytes) {
        double moved = bytes.applyAsDouble(category);
        double seconds = waits(category).stream().mapToDouble(nanos).sum() / 1e9;
        return moved > 0 && seconds > 0 ? Optional.of(moved / seconds) : Optional.empty();
    }

    private static Set<IoCategory> waits(IoCategory category) {
        return switch (category) {
            case READ -> EnumSet.of(IoCategory.OPEN, IoCategory.READ, IoCategory.VECTORED_WAIT);
            case WRITE -> EnumSet.of(IoCategory.WRITE, IoCategory.CLOSE, IoCategory.COMMIT);
            case OPEN,
                    CLOSE,
                    METADATA,
                    COMMIT,
                    SHUFFLE_WRITE,
                    SHUFFLE_READ_LOCAL,
                    SHUFFLE_FETCH_WAIT,
                    SPILL_WRITE,
                    SPILL_READ,
                    CHECKPOINT,
                    VECTORED_WAIT -> EnumSet.of(category);
        };
    }
}

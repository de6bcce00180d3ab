package io.berth.reports.stages;

import io.berth.model.results.TaskIo;
import io.berth.model.results.TaskMeasurement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.ToLongFunction;

/**
 * The replay bound U of a stage: how many times faster it would be if no task ever waited for storage. The tasks are
 * scheduled once with their wall time and once without their blocked time, in launch order, each on the slot that is free
 * first. Both schedules are computed, so that what the model leaves out cancels.
 *
 * @see <a href="https://www.usenix.org/conference/nsdi15/technical-sessions/presentation/ousterhout">Ousterhout et al.,
 *     Making Sense of Performance in Data Analytics Frameworks, NSDI 2015</a>
 */
public final class Replay {
    private Replay() {}

    /**
     * The bound for the probed tasks of one stage in one iteration.
     *
     * @return at least 1; absent if there are no tasks, or if they did nothing but wait for storage
     */
    public static Optional<Double> bound(List<TaskMeasurement> probed) {
        long with = makespan(probed, TaskIo::wallNanos);
        long without = makespan(probed, io -> io.wallNanos() - Math.min(io.wallNanos(), io.blockedNanos()));
        return without <= 0 ? Optional.empty() : Optional.of(Math.max(1, (double) with / without));
    }

    private static long makespan(List<TaskMeasurement> tasks, ToLongFunction<TaskIo> duration) {
        List<TaskMeasurement> launched = new ArrayList<>(tasks);
        launched.sort(Comparator.comparingLong(TaskMeasurement::launchOffsetNanos)
                .thenComparingInt(TaskMeasurement::index)
                .thenComparingInt(TaskMeasurement::attempt));
        PriorityQueue<Long> freeAt = new PriorityQueue<>();
        int slots = slots(tasks);
        long last = 0;
        for (TaskMeasurement task : launched) {
            long start = freeAt.size() < slots ? 0 : freeAt.remove();
            long end = start + duration.applyAsLong(task.io().orElseThrow());
            freeAt.add(end);
            last = Math.max(last, end);
        }
        return last;
    }

    /** The most tasks that ran at the same time: the slots that the stage is known to have had. */
    static int slots(List<TaskMeasurement> tasks) {
        List<long[]> changes = new ArrayList<>();
        for (TaskMeasurement task : tasks) {
            changes.add(new long[] {task.launchOffsetNanos(), 1});
            changes.add(new long[] {task.launchOffsetNanos() + Math.max(1, task.elapsedNanos()), -1});
        }
        changes.sort(Comparator.<long[]>comparingLong(it -> it[0]).thenComparingLong(it -> it[1]));
        long running = 0;
        long most = 1;
        for (long[] change : changes) {
            running += change[1];
            most = Math.max(most, running);
        }
        return Math.toIntExact(most);
    }
}

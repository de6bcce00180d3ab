package io.berth.probe;

import io.berth.model.results.TaskIo;
import java.util.List;
import java.util.Optional;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.TaskEndReason;
import org.apache.spark.TaskKilled;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/** Reads what the probe saw of a task out of Spark's events, live or replayed from an event log. */
public final class ProbedTask {
    private ProbedTask() {}

    /** What was seen of the task, absent when the probe was off or didn't see it. */
    public static Optional<TaskIo> of(SparkListenerTaskEnd event) {
        Optional<TaskIo> seen = in(CollectionConverters.asJava(event.taskInfo().accumulables()));
        // Spark leaves the accumulables of a task empty when its stage was cancelled before the task ended.
        return seen.isPresent() ? seen : in(updates(event.reason()));
    }

    /** Whether the task was killed before its executor had begun it: there was nothing to see. */
    static boolean neverRan(SparkListenerTaskEnd event) {
        return event.reason() instanceof TaskKilled killed
                && killed.accumUpdates().isEmpty();
    }

    private static List<AccumulableInfo> updates(TaskEndReason reason) {
        if (reason instanceof TaskKilled killed) {
            return CollectionConverters.asJava(killed.accumUpdates());
        }
        if (reason instanceof ExceptionFailure failure) {
            return CollectionConverters.asJava(failure.accumUpdates());
        }
        return List.of();
    }

    private static Optional<TaskIo> in(List<AccumulableInfo> accumulables) {
        for (AccumulableInfo accumulable : accumulables) {
            if (accumulable.name().contains(TaskIoAccumulator.NAME)
                    && accumulable.update().isDefined()) {
                return TaskIoText.read(accumulable.update().get().toString());
            }
        }
        return Optional.empty();
    }
}

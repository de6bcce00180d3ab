package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.results.StageMeasurement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.spark.Success$;
import org.apache.spark.TaskState;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

class StageListenerTest {
    private static final int STAGE = 3;

    /** The time that really passes. */
    private Duration passed = Duration.ZERO;

    /** By how much somebody has set the clock. */
    private Duration set = Duration.ZERO;

    private final InstantSource wall =
            () -> Instant.parse("2026-01-02T03:04:05Z").plus(passed).plus(set);
    private final StageListener listener =
            new StageListener(task -> Optional.empty(), new SetClock(wall, () -> passed.toNanos()));

    @ParameterizedTest
    @ValueSource(longs = {0, 30, -30})
    void aClockThatIsSetMakesNothingLongerOrShorter(long step) {
        StageInfo stage = new StageInfo(
                STAGE, 0, "s", 2, empty(), empty(), "", TaskMetrics.empty(), empty(), Option.empty(), 0, false, 0);
        stage.submissionTime_$eq(Option.apply(wall.millis()));
        Properties properties = new Properties();
        properties.setProperty(Iteration.ITERATION_PROPERTY, "0");
        properties.setProperty(Iteration.STEP_PROPERTY, "write");
        listener.onStageSubmitted(new SparkListenerStageSubmitted(stage, properties));
        pass(1);
        TaskInfo first = launch(0);
        pass(2);
        set = Duration.ofSeconds(step);
        pass(2);
        end(first);
        TaskInfo second = launch(1);
        pass(3);
        end(second);
        stage.completionTime_$eq(Option.apply(wall.millis()));
        listener.onStageCompleted(new SparkListenerStageCompleted(stage));

        assertThat(listener.take(0)).singleElement().satisfies(it -> {
            assertThat(it.elapsedNanos()).isEqualTo(seconds(8));
            assertThat(it.tasks())
                    .extracting(task -> List.of(task.launchOffsetNanos(), task.elapsedNanos()))
                    .containsExactly(List.of(seconds(1), seconds(4)), List.of(seconds(5), seconds(3)));
            assertThat(delay(it)).isEqualTo(seconds(7));
        });
    }

    private static long delay(StageMeasurement stage) {
        return stage.spark().schedulerDelayNanos();
    }

    private static long seconds(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    private void pass(int seconds) {
        passed = passed.plusSeconds(seconds);
    }

    private TaskInfo launch(int index) {
        TaskInfo task = new TaskInfo(index, index, 0, index, wall.millis(), "1", "h", TaskLocality.ANY(), false);
        listener.onTaskStart(new SparkListenerTaskStart(STAGE, 0, task));
        return task;
    }

    private void end(TaskInfo task) {
        task.markFinished(TaskState.FINISHED(), wall.millis());
        listener.onTaskEnd(new SparkListenerTaskEnd(
                STAGE, 0, "ResultTask", Success$.MODULE$, task, new ExecutorMetrics(), TaskMetrics.empty()));
    }

    private static <T> scala.collection.immutable.Seq<T> empty() {
        return CollectionConverters.asScala(List.<T>of()).toSeq();
    }
}

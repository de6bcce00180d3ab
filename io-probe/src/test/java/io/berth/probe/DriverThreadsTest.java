package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DriverThreadsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"main", "dag-scheduler-event-loop", "stream execution thread for q [id = 1]", "pool-7-thread-1"})
    void theDriversOwnThreadsAreNotWaitedForByOthers(String name) {
        assertThat(DriverThreads.own(new Thread(name))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Executor task launch worker for task 0.0 in stage 0.0 (TID 0)",
                "read-ahead",
                "readingParquetFooters-ForkJoinPool-1-worker-1",
                "s3a-transfer-bucket-bounded-pool1-t1",
                "state-store-maintenance-task"
            })
    void poolsServeSomebodyWhoWaitsForThem(String name) {
        assertThat(DriverThreads.own(new Thread(name))).isFalse();
    }
}

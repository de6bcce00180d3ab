package io.berth.workloads.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.text.BadInput;
import io.berth.workloads.Checksum;
import io.berth.workloads.Parameters;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.connector.read.streaming.Offset;
import org.apache.spark.sql.connector.read.streaming.ReadLimit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When values are due, and what windows must hold of them. */
final class ScheduleTest {
    @ParameterizedTest
    @CsvSource({"1, 10", "7, 100", "1000, 5000", "20000, 40001", "333333, 1000000"})
    void aValueIsOfferedAsSoonAsItIsDue(long rowsPerSecond, long rows) {
        Schedule schedule = new Schedule(rows, rowsPerSecond);
        for (long value = 0; value < rows; value += Math.max(1, rows / 1000)) {
            long due = schedule.dueMillis(value);
            assertThat(schedule.due(due + 1)).isGreaterThan(value);
            assertThat(schedule.due(due - 1)).isLessThanOrEqualTo(value);
        }
        assertThat(schedule.due(-5)).isZero();
        assertThat(schedule.due(0)).isZero();
        assertThat(schedule.due(Long.MAX_VALUE)).isEqualTo(rows);
    }

    @Test
    void eventTimeDependsOnTheValueAlone() {
        Schedule schedule = new Schedule(10_000, 2_000);
        assertThat(schedule.eventMicros(0)).isZero();
        assertThat(schedule.eventMicros(1)).isEqualTo(500);
        assertThat(schedule.eventMicros(2_000)).isEqualTo(1_000_000);
    }

    @Test
    void aQueryThatWasAwayFindsEveryValueThatWasDueMeanwhile() {
        AtomicLong clock = new AtomicLong(1_000_000);
        PacedSource.Paced before = new PacedSource.Paced(new Schedule(1_000_000, 1_000), 2, clock::get);
        Offset begin = before.initialOffset();
        assertThat(before.latestOffset(begin, ReadLimit.allAvailable())).isNull();
        clock.addAndGet(2_000);
        Offset first = Objects.requireNonNull(before.latestOffset(begin, ReadLimit.allAvailable()));
        assertThat(PacedSource.Position.of(first.json())).isEqualTo(new PacedSource.Position(2_000, 1_000_000));

        clock.addAndGet(60_000);
        PacedSource.Paced after = new PacedSource.Paced(new Schedule(1_000_000, 1_000), 2, clock::get);
        Offset latest = Objects.requireNonNull(
                after.latestOffset(after.deserializeOffset(first.json()), ReadLimit.allAvailable()));
        assertThat(PacedSource.Position.of(latest.json())).isEqualTo(new PacedSource.Position(62_000, 1_000_000));
        assertThat(after.planInputPartitions(first, latest)).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"3, 100, 7", "1, 5, 9", "4, 10, 1", "2, 12, 12"})
    void whatWindowsMustHoldIsWhatCountingGives(int count, long rows, int keys) {
        Map<List<Long>, long[]> counted = new TreeMap<>(java.util.Comparator.comparing(Object::toString));
        for (long value = 0; value < count * rows; value++) {
            long[] sums = counted.computeIfAbsent(List.of(value / rows, value % keys), key -> new long[2]);
            sums[0]++;
            sums[1] += value;
        }
        Checksum checksum = new Checksum();
        counted.forEach((key, sums) -> checksum.add(List.of(key.get(0), key.get(1), sums[0], sums[1])));
        Windows windows = new Windows(count, rows, keys);
        assertThat(windows.expected().hex()).isEqualTo(checksum.hex());
        assertThat(windows.expected().rows()).isEqualTo(counted.size());
    }

    @ParameterizedTest
    @CsvSource({
        "rowsPerSecond, 0, a whole number of 1 to 100000000",
        "windowMillis, 5, a whole number of 10 to 3600000",
        "windows, 0, a whole number of 1 to 1000000",
        "keys, 0, a whole number of 1 to 10000000",
        "windowMillis, 333, 'in which \"rowsPerSecond\" 500 gives no whole number of values'"
    })
    void parametersThatMakeNoSenseAreNamed(String name, int value, String allowed) {
        Map<String, Object> parameters =
                new HashMap<>(Map.of("rowsPerSecond", 500, "windowMillis", 100, "windows", 2, "keys", 10));
        parameters.put(name, value);
        assertThatThrownBy(() -> WindowedQuery.of(new Parameters(parameters)))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("\"%s\" is %d".formatted(name, value))
                .hasMessageContaining(allowed);
    }
}

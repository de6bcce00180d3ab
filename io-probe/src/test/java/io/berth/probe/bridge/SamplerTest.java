package io.berth.probe.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In a time of its own, in which ticks come late as on a busy machine, and calls take as long as they are told. */
final class SamplerTest {
    private static final int CALLS = 1_000_000;

    private static final class Machine extends Ticker {
        private final Random random = new Random(17);
        private final int oneLateIn;
        private final int latestNanos;
        private long now;
        private long nextTick = TICK_NANOS;

        /** Ticks are late by 50 us on average, and one in so many by up to so much. */
        Machine(int oneLateIn, int latestNanos) {
            this.oneLateIn = oneLateIn;
            this.latestNanos = latestNanos;
        }

        @Override
        long nanoTime() {
            return now;
        }

        void pass(long nanos) {
            now += nanos;
            while (nextTick <= now) {
                tick(nextTick);
                long late = random.nextInt(oneLateIn) == 0 ? random.nextInt(latestNanos) : random.nextInt(100_000);
                nextTick += TICK_NANOS + late;
            }
        }
    }

    /** Of the time of calls: what it was, what is found of it, and how many were timed. */
    private record Sum(double truth, double found, int timed) {
        /** Of calls with short pauses between them. */
        static Sum ofAMillion(Machine machine, Random pauses, IntToLongFunction nanosOfCall) {
            Sampler sampler = new Sampler(machine, 5);
            double truth = 0;
            double found = 0;
            int timed = 0;
            for (int call = 0; call < CALLS; call++) {
                long nanos = nanosOfCall.applyAsLong(call);

                sampler.begin();
                machine.pass(nanos);
                int weight = sampler.end();
                machine.pass(pauses.nextInt(20_000));

                truth += nanos;
                found += weight == 0 ? 0 : (double) sampler.nanos() * weight;
                timed += weight == 0 ? 0 : 1;
            }
            return new Sum(truth, found, timed);
        }
    }

    /** The slow calls have a period of a power of two: a sampler with such a period sees none of them, or only them. */
    @ParameterizedTest
    @ValueSource(ints = {16, 64, 256, 1024, 4096})
    void theTimeOfAMillionCallsIsFoundWithinThreePercent(int period) {
        Random random = new Random(period);

        Sum sum = Sum.ofAMillion(new Machine(20, 8_000_000), random, call -> {
            double length = Math.exp(11.5 + random.nextGaussian());
            return (long) (call % period == period - 1 ? 20 * length : length);
        });

        assertThat(sum.found / sum.truth).isCloseTo(1, within(0.03));
        assertThat(sum.timed).isLessThan(CALLS / 10);
    }

    /** Where nobody gets a CPU for long the slow calls are still found, whatever their length is to that of the gaps. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 12, 20, 40, 80})
    void slowCallsAreFoundWhereEveryTickIsLate(int millis) {
        Random random = new Random(millis);

        Sum sum = Sum.ofAMillion(new Machine(1, 40_000_000), random, call -> random.nextInt(2 * millis * 1_000_000));

        assertThat(sum.found / sum.truth).isCloseTo(1, within(0.03));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 256})
    void aTaskWithFewCallsIsTimedExactly(int calls) {
        Machine machine = new Machine(20, 8_000_000);
        Sampler sampler = new Sampler(machine, 5);
        Random random = new Random(1);
        long truth = 0;
        long found = 0;
        for (int call = 0; call < calls; call++) {
            int nanos = random.nextInt(5_000_000);
            sampler.begin();
            machine.pass(nanos);
            found += sampler.end() * sampler.nanos();
            truth += nanos;
        }

        assertThat(found).isEqualTo(truth);
    }
}

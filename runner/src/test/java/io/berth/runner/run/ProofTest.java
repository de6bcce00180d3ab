package io.berth.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Trial;
import io.berth.model.suite.Role;
import io.berth.storage.Binding;
import io.berth.storage.Storage;
import io.berth.storage.StorageUnavailable;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ProofTest {
    private static final Trial TRIAL = new Trial("block1-sql-lab", Trial.Kind.MEASURE, 1, 0, "sql", "lab");
    private static final Map<String, String> LEFT = Map.of("driver", "5eed", "executor-1", "c0ffee");

    /** A storage that has nothing but what it is asked for here. */
    private record Seen(Supplier<Map<String, String>> nonces) implements Storage {
        @Override
        public Map<String, String> nonces(Trial trial) {
            return nonces.get();
        }

        @Override
        public Binding bind(Trial trial, Set<Role> roles) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void check() {}

        @Override
        public void cleanUp(Trial trial) {}

        @Override
        public void close() {}
    }

    @Test
    void whatTheStorageHasProvesATrial() {
        assertThat(Run.unproven(new Seen(() -> LEFT), TRIAL, LEFT)).isEmpty();
    }

    @Test
    void anExecutorThatWroteElsewhereIsNamed() {
        assertThat(Run.unproven(new Seen(() -> Map.of("driver", "5eed")), TRIAL, LEFT))
                .hasValueSatisfying(reason -> assertThat(reason).startsWith("executor-1 wrote a nonce"));
        assertThat(Run.unproven(new Seen(() -> Map.of("driver", "5eed", "executor-1", "of another")), TRIAL, LEFT))
                .isPresent();
    }

    @Test
    void nothingIsProvenWhereNobodyWroteOrNobodyCanLook() {
        assertThat(Run.unproven(new Seen(Map::of), TRIAL, Map.of()))
                .contains("no process of it has left a nonce on the storage");
        Seen blind = new Seen(() -> {
            throw new StorageUnavailable("the pod has failed");
        });
        assertThat(Run.unproven(blind, TRIAL, LEFT))
                .contains("the storage can't be asked for the nonces that were left on it: the pod has failed");
    }
}

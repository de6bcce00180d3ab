package io.berth.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.results.MountFact;
import io.berth.storage.Storage.Nonces;
import io.berth.storage.StorageUnavailable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ProofTest {
    private static final Map<String, String> LEFT = Map.of("driver", "5eed", "executor-1", "c0ffee");
    private static final List<MountFact> MOUNTS = List.of(mount("driver"), mount("executor 1"));

    private static MountFact mount(String process) {
        return new MountFact(process, "data", "/volumes/data", "/volumes/data", "nfs4", "filer:/export", List.of());
    }

    @Test
    void whatTheStorageHasProvesATrial() {
        assertThat(Run.unproven(new NonceLook(() -> new Nonces(LEFT)), LEFT, MOUNTS))
                .isEmpty();
    }

    @Test
    void anExecutorThatWroteElsewhereIsNamed() {
        assertThat(Run.unproven(new NonceLook(() -> new Nonces(Map.of("driver", "5eed"))), LEFT, MOUNTS))
                .hasValueSatisfying(reason -> assertThat(reason).startsWith("executor-1 wrote a nonce"));
        assertThat(Run.unproven(
                        new NonceLook(() -> new Nonces(Map.of("driver", "5eed", "executor-1", "of another"))),
                        LEFT,
                        MOUNTS))
                .isPresent();
    }

    @Test
    void nothingIsProvenWhereNobodyWroteOrNobodyCanLook() {
        assertThat(Run.unproven(new NonceLook(() -> new Nonces(Map.of())), Map.of(), List.of()))
                .contains("driver has left no nonce on the storage");
        NonceLook blind = new NonceLook(() -> {
            throw new StorageUnavailable("the pod has failed");
        });
        assertThat(Run.unproven(blind, LEFT, MOUNTS))
                .contains("the storage can't be asked for the nonces that were left on it: the pod has failed");
    }

    @Test
    void anExecutorThatFoundItsMountsMustHaveLeftANonce() {
        NonceLook look = new NonceLook(() -> new Nonces(LEFT));

        assertThat(Run.unproven(look, Map.of("driver", "5eed"), MOUNTS))
                .contains("executor 1 has left no nonce on the storage");
    }

    @Test
    void aLookThatBeganEarlierIsTheOnlyOne() {
        AtomicInteger looks = new AtomicInteger();
        NonceLook look = new NonceLook(() -> {
            looks.incrementAndGet();
            return new Nonces(LEFT);
        });
        look.begin();

        assertThat(Run.unproven(look, LEFT, MOUNTS)).isEmpty();
        look.end();
        assertThat(looks).hasValue(1);
    }

    @Test
    void aLookThatNobodyWantsIsNotBegunAndOneThatBeganIsWaitedFor() {
        AtomicInteger looks = new AtomicInteger();
        NonceLook look = new NonceLook(() -> {
            looks.incrementAndGet();
            throw new StorageUnavailable("the pod has failed");
        });

        look.end();
        assertThat(looks).hasValue(0);
        look.begin();
        look.end();
        assertThat(looks).hasValue(1);
    }
}

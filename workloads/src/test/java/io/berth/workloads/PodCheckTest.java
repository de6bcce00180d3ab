package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.check.PodFacts;
import io.berth.model.check.PodFacts.Problem;
import io.berth.model.check.PodTask;
import io.berth.model.check.Trouble;
import io.berth.model.mount.ExpectedMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodCheckTest {
    @TempDir
    private Path temp;

    @Test
    void aDirectoryThatCanBeWrittenIsLeftAsItWas() throws IOException {
        PodFacts facts = look(temp.resolve("berth/runs/a/output").toUri().toString());

        assertThat(facts.problems()).isEmpty();
        assertThat(facts.freeBytes()).isPresent();
        assertThat(facts.user()).matches("user \\d+ with group \\d+ and groups .*");
        assertThat(Instant.ofEpochMilli(facts.clockMillis()))
                .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void oneThatCannotIsExplainedByUserOwnerAndMode() throws IOException {
        Path file = Files.createFile(temp.resolve("file"));

        assertThat(look(file.resolve("berth").toUri().toString()).problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.trouble()).isEqualTo(Trouble.WRITE);
                    assertThat(problem.found()).contains("can't write below " + file, "owned by", "mode 6");
                });
        assertThat(file).exists();
    }

    @Test
    void anotherMountThanExpectedIsNamed() throws IOException {
        ExpectedMount expected =
                new ExpectedMount(temp.toString(), Optional.of("nfs4"), Optional.of("filer:/export"), List.of());

        assertThat(PodCheck.look(new PodTask(List.of(expected), temp.toUri().toString(), Map.of()))
                        .problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.trouble()).isEqualTo(Trouble.MOUNT);
                    assertThat(problem.found()).contains("should be nfs4 from filer:/export");
                });
    }

    @Test
    void aServerWhoseNameIsNotKnownIsToldFromOneThatDoesNotAnswer() throws IOException {
        assertThat(look("hdfs://namenode.invalid:8020/berth/a").problems())
                .extracting(Problem::trouble)
                .containsExactly(Trouble.NAME);
        assertThat(look("hdfs://127.0.0.1:1/berth/a").problems())
                .extracting(Problem::trouble)
                .containsExactly(Trouble.ENDPOINT);
    }

    private static PodFacts look(String directory) throws IOException {
        return PodCheck.look(new PodTask(List.of(), directory, Map.of()));
    }
}

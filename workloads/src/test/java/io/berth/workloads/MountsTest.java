package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.mount.Mountinfo;
import io.berth.model.results.MountFact;
import io.berth.model.suite.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MountsTest {
    @TempDir
    Path directory = Path.of("");

    private Path real = Path.of("");
    private Mounts mounts = new Mounts(Mountinfo.parse(List.of()));

    @BeforeEach
    void mountAFiler() throws IOException {
        real = directory.toRealPath();
        mounts = new Mounts(Mountinfo.parse(List.of(
                "1 0 8:1 / / rw - ext4 /dev/vda rw",
                "2 1 0:40 / %s rw,relatime - nfs4 filer:/export rw,vers=4.2".formatted(real))));
    }

    private void prove(Optional<String> fsType, Optional<String> source, List<String> options) throws IOException {
        mounts.prove(new TrialRun(real, "any")
                .expecting(new ExpectedMount(real.resolve("x").toString(), fsType, source, options))
                .spec());
    }

    @Test
    void theMountThatWasExpectedIsAccepted() {
        assertThatCode(() -> {
                    prove(Optional.of("nfs4"), Optional.of("filer:/export"), List.of("vers=4.2", "relatime"));
                    prove(Optional.empty(), Optional.empty(), List.of());
                })
                .doesNotThrowAnyException();
    }

    @Test
    void anotherFileSystemIsRefusedWithBothNames() {
        assertThatThrownBy(() -> prove(Optional.of("fuse.glusterfs"), Optional.of("gfs:/vol"), List.of()))
                .isInstanceOf(Failures.StorageUnfit.class)
                .hasMessageContaining("is nfs4 from filer:/export")
                .hasMessageContaining("but should be fuse.glusterfs from gfs:/vol")
                .hasMessageContaining("nothing was measured");
    }

    @Test
    void anotherSourceOrAMissingOptionIsRefused() {
        assertThatThrownBy(() -> prove(Optional.of("nfs4"), Optional.of("other:/export"), List.of()))
                .isInstanceOf(Failures.StorageUnfit.class);
        assertThatThrownBy(() -> prove(Optional.of("nfs4"), Optional.empty(), List.of("vers=3")))
                .hasMessageContaining("with vers=3");
    }

    @Test
    void everyRoleOnAFileHasAMountAndNoOther() throws IOException {
        assertThat(mounts.of(
                        Map.of(
                                Role.EVENT_LOG, real.resolve("a b").toUri().toString(),
                                Role.DATA, "hdfs://host/data",
                                Role.CHECKPOINT, "/"),
                        "driver"))
                .containsExactlyInAnyOrder(
                        onTheFiler("event-log", real.resolve("a b")),
                        new MountFact("driver", "checkpoint", "/", "/", "ext4", "/dev/vda", List.of("rw")));
    }

    @Test
    void scratchSpaceIsWhereSparkSaysThatItIs() throws IOException {
        Map<Role, String> placed =
                Map.of(Role.SCRATCH, real.resolve("scratch").toUri().toString());

        List<MountFact> there = mounts.ofScratch(placed, "driver", List.of(real.resolve("scratch/spark-1/blockmgr-2")));
        List<MountFact> elsewhere = mounts.ofScratch(placed, "executor 0", List.of(Path.of("/tmp/blockmgr-3")));

        assertThat(there).containsExactly(onTheFiler("scratch", real.resolve("scratch")));
        assertThat(Mounts.scratchElsewhere(placed, there)).isEmpty();
        assertThat(elsewhere)
                .containsExactly(new MountFact(
                        "executor 0", "scratch", "/tmp/blockmgr-3", "/", "ext4", "/dev/vda", List.of("rw")));
        assertThat(Mounts.scratchElsewhere(placed, elsewhere)).hasValueSatisfying(warning -> assertThat(warning)
                .startsWith("scratch of executor 0 is in /tmp/blockmgr-3 (ext4 from /dev/vda) and not in "
                        + real.resolve("scratch")));
    }

    @Test
    void aLinkToScratchSpaceIsNotElsewhere() throws IOException {
        Path link = Files.createSymbolicLink(real.resolve("link"), Files.createDirectory(real.resolve("scratch")));
        Map<Role, String> placed = Map.of(Role.SCRATCH, link.toUri().toString());

        assertThat(mounts.ofScratch(placed, "driver", List.of(real.resolve("scratch/spark-1/blockmgr-2"))))
                .containsExactly(onTheFiler("scratch", link));
    }

    private MountFact onTheFiler(String role, Path path) {
        return new MountFact(
                "driver",
                role,
                path.toString(),
                real.toString(),
                "nfs4",
                "filer:/export",
                List.of("rw", "relatime", "vers=4.2"));
    }
}

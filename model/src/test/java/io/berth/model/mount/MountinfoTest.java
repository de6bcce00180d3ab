package io.berth.model.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountinfoTest {
    private static final List<String> TABLE = List.of(
            "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard",
            "40 27 0:50 / %s rw,relatime shared:7 - nfs4 filer:/export rw,vers=4.2,hard",
            "41 27 0:51 / %s\\040b rw - tmpfs tmpfs rw,size=1k");

    @Test
    void theDeepestMountAboveAPathServesIt(@TempDir Path directory) throws IOException {
        Path mounted = Files.createDirectories(directory.toRealPath().resolve("a"));
        Mountinfo table = table(mounted);

        Mountinfo.Mount mount = table.of(mounted.resolve("not/there/yet")).orElseThrow();

        assertThat(mount.fsType()).isEqualTo("nfs4");
        assertThat(mount.source()).isEqualTo("filer:/export");
        assertThat(mount.options()).contains("rw", "relatime", "vers=4.2", "hard");
        assertThat(table.of(directory).orElseThrow().source()).isEqualTo("/dev/vda");
    }

    @Test
    void aNameThatOnlyBeginsAlikeIsAnotherMount(@TempDir Path directory) throws IOException {
        Path mounted = Files.createDirectories(directory.toRealPath().resolve("a"));
        Path alike = Files.createDirectories(directory.toRealPath().resolve("ab"));

        assertThat(table(mounted).of(alike).orElseThrow().fsType()).isEqualTo("ext4");
    }

    @Test
    void spacesInMountPointsAreUnescaped(@TempDir Path directory) throws IOException {
        Path mounted = Files.createDirectories(directory.toRealPath().resolve("a"));
        Path spaced = Files.createDirectories(directory.toRealPath().resolve("a b"));

        assertThat(table(mounted).of(spaced).orElseThrow().fsType()).isEqualTo("tmpfs");
    }

    @Test
    void symbolicLinksAreFollowed(@TempDir Path directory) throws IOException {
        Path mounted = Files.createDirectories(directory.toRealPath().resolve("a"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), mounted);

        assertThat(table(mounted).of(link).orElseThrow().fsType()).isEqualTo("nfs4");
    }

    @Test
    void theLatestOfTwoMountsOnOnePlaceIsSeen() throws IOException {
        Mountinfo table = Mountinfo.parse(List.of("1 1 0:1 / / rw - ext4 /dev/a rw", "2 1 0:2 / / rw - xfs /dev/b rw"));

        assertThat(table.of(Path.of("/")).orElseThrow().source()).isEqualTo("/dev/b");
    }

    @Test
    void aLineOfSomethingElseIsRefused() {
        assertThatThrownBy(() -> Mountinfo.parse(List.of("proc /proc proc rw 0 0")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("proc /proc proc rw 0 0");
    }

    @Test
    void theTableOfThisProcessHasARoot() throws IOException {
        assertThat(Mountinfo.self().of(Path.of("/"))).isPresent();
    }

    @Test
    void aDifferenceNamesWhatIsFoundAndWhatIsWanted() {
        Mountinfo.Mount found = new Mountinfo.Mount(Path.of("/"), "/", "ext4", "/dev/vda", List.of("rw", "relatime"));
        ExpectedMount expected = new ExpectedMount(
                "/mnt/x", Optional.of("nfs4"), Optional.of("filer:/export"), List.of("vers=4.2", "rw"));

        assertThat(expected.difference(found).orElseThrow())
                .isEqualTo("/mnt/x is ext4 from /dev/vda with options rw,relatime (mounted at /), "
                        + "but should be nfs4 from filer:/export with vers=4.2");
    }

    @Test
    void aMountThatIsWhatItSaysHasNoDifference() {
        Mountinfo.Mount found = new Mountinfo.Mount(Path.of("/"), "/", "ext4", "/dev/vda", List.of("rw"));

        assertThat(new ExpectedMount("/mnt", Optional.of("ext4"), Optional.empty(), List.of("rw")).difference(found))
                .isEmpty();
        assertThat(new ExpectedMount("/mnt", Optional.empty(), Optional.of("/dev/vdb"), List.of()).difference(found))
                .isPresent();
    }

    private static Mountinfo table(Path mounted) {
        return Mountinfo.parse(TABLE.stream()
                .map(line -> line.replace("%s", mounted.toString()))
                .toList());
    }
}

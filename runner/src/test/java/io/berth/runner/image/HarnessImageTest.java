package io.berth.runner.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.text.Formats;
import io.berth.runner.Installation;
import io.berth.runner.Installation.Ending;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verb {@code image}, with a base and an application of a few files. */
class HarnessImageTest {
    @TempDir
    private Path temp;

    private Installation installation;
    private Path base;

    @BeforeEach
    void install() throws Exception {
        installation = installation();
        base = base();
    }

    @Test
    void theSameBaseAndTheSameBuildGiveTheSameImage() throws Exception {
        command("cp", "-r", installation.home(), temp.resolve("two"));
        Installation other = Installation.at(temp.resolve("two"));
        try (Stream<Path> files = Files.walk(other.home())) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_000_000_000)));
            }
        }

        String first = image(installation, "--tar", temp.resolve("first.tar"));
        String second = image(other, "--tar", temp.resolve("second.tar"));

        assertThat(first).matches("localhost/berth:\\S+ sha256:[0-9a-f]{64}\n").isEqualTo(second);
        assertThat(temp.resolve("first.tar")).hasSameBinaryContentAs(temp.resolve("second.tar"));
    }

    @Test
    void layersAreTheBaseSparkHdfsTheCommandLineAndTheHarness() throws Exception {
        image(installation, "--tar", temp.resolve("it.tar"), "--name", "localhost/it:1");

        JsonNode manifest = json("it.tar", "manifest.json").get(0);
        assertThat(manifest.path("RepoTags").get(0).textValue()).isEqualTo("localhost/it:1");
        List<String> layers = new ArrayList<>();
        for (JsonNode layer : manifest.path("Layers")) {
            Path file = Files.createTempFile(temp, "layer", ".tar.gz");
            Files.write(file, command("tar", "-xOf", temp.resolve("it.tar"), layer.textValue()));
            layers.add(new String(command("tar", "-tvzf", file), StandardCharsets.UTF_8));
        }
        assertThat(layers).hasSize(5);
        assertThat(layers.get(0)).contains("bin/java");
        assertThat(layers.get(1))
                .contains("opt/spark/jars/spark-launcher_2.13.jar")
                .doesNotContain("berth");
        assertThat(layers.get(2)).contains("opt/hadoop/lib/hadoop.jar").doesNotContain("berth");
        assertThat(layers.get(3))
                .contains("opt/berth/runner/target/cli/picocli.jar")
                .doesNotContain("berth-runner");
        assertThat(layers.get(4))
                .contains("opt/berth/runner/target/cli/berth-runner.jar")
                .contains("opt/berth/suites/quickstart.yaml", "opt/berth/workloads/definitions/conforming.yaml")
                .contains("opt/berth/storage-profiles/profiles/local-disk.yaml")
                .contains("opt/spark/jars/berth-workloads.jar")
                .contains("opt/hadoop/lib/berth-hdfs-server.jar")
                .contains("opt/spark/jvm.options")
                .containsPattern("-rwxr-xr-x 0/0 .* opt/spark/entrypoint")
                .containsPattern("-rw-rw-r-- 0/0 .* etc/passwd");
        JsonNode config = json("it.tar", manifest.path("Config").textValue()).path("config");
        assertThat(config.path("User").textValue()).isEqualTo("185:0");
        assertThat(config.path("Entrypoint")).hasToString("[\"/opt/spark/entrypoint\"]");
        assertThat(config.path("Env").toString()).contains("OF_THE_BASE=kept", "SPARK_HOME=/opt/spark");
    }

    @Test
    void aNewBuildChangesTheLastLayerOnly() throws Exception {
        image(installation, "--tar", temp.resolve("before.tar"));
        installation.write("workloads/target/app/jars/berth-workloads.jar", "changed");

        image(installation, "--tar", temp.resolve("after.tar"));

        JsonNode before = json("before.tar", "manifest.json").get(0).path("Layers");
        JsonNode after = json("after.tar", "manifest.json").get(0).path("Layers");
        for (int i = 0; i < 4; i++) {
            assertThat(after.get(i)).isEqualTo(before.get(i));
        }
        assertThat(after.get(4)).isNotEqualTo(before.get(4));
    }

    @Test
    void whatWasPushedIsABaseByItsDigest() throws Exception {
        try (SmallRegistry registry = SmallRegistry.start(temp)) {
            String pushed = image(installation, "--to", registry.address() + "/berth:1");

            assertThat(pushed).matches(registry.address() + "/berth@sha256:[0-9a-f]{64}\n");
            assertThat(registry.blobs()).hasSize(6);

            Ending ending = installation.berth("image", "--base", pushed.strip(), "--tar", temp.resolve("it.tar"));

            assertThat(ending.exitCode()).as(ending.err()).isZero();
            assertThat(json("it.tar", "manifest.json").get(0).path("Layers")).hasSize(9);
        }
    }

    @Test
    void aRegistryThatIsNotThereIsNamed() throws IOException {
        int port;
        try (ServerSocket closed = new ServerSocket(0)) {
            port = closed.getLocalPort();
        }
        Ending ending = installation.berth("image", "--base", base, "--to", "localhost:" + port + "/berth");

        assertThat(ending.exitCode()).isEqualTo(3);
        assertThat(ending.err())
                .isEqualTo("berth: no image from --base %s into --to localhost:%d/berth: Connection refused\n"
                        .formatted(base, port));
    }

    @Test
    void aRegistryThatRefusesIsNamed() throws Exception {
        try (SmallRegistry registry = SmallRegistry.startReadOnly(temp)) {
            Ending ending = installation.berth("image", "--base", base, "--to", registry.address() + "/berth");

            assertThat(ending.exitCode()).isEqualTo(3);
            assertThat(ending.err().lines()).hasSize(1);
            assertThat(ending.err()).contains(registry.address() + "/berth", "403");
        }
    }

    @Test
    void aBaseThatIsNotPinnedIsRefused() {
        assertThat(refused("--base", "temurin:17", "--tar", temp.resolve("x.tar")))
                .contains("--base temurin:17: no such file, and as an image it isn't pinned", "@sha256:DIGEST");
        assertThat(refused("--base", "no such:image", "--tar", temp.resolve("x.tar")))
                .contains("--base no such:image: no such file, nor the name of an image");
    }

    @Test
    void aFileThatIsNoImageIsRefusedAndLeavesNothing() throws IOException {
        Path nonsense = Files.writeString(temp.resolve("nonsense.tar"), "nonsense");

        Ending ending = installation.berth("image", "--base", nonsense, "--tar", temp.resolve("x.tar"));

        assertThat(ending.exitCode()).isEqualTo(3);
        assertThat(ending.err()).contains("no image from --base " + nonsense);
        assertThat(ending.err().lines()).hasSize(1);
        assertThat(temp).isDirectoryNotContaining("glob:**x.tar*");
    }

    @Test
    void aFileThatCannotBeWrittenIsNamed() {
        assertThat(refused("--base", base, "--tar", temp)).contains("--tar " + temp + ": can't be written");
        assertThat(refused("--base", base, "--tar", "/proc/x.tar")).contains("--tar /proc/x.tar: can't be written");
        assertThat(refused("--base", base, "--tar", temp.resolve("no/x.tar"))).contains("a directory that is there");
    }

    @Test
    void oneDestinationIsNeeded() {
        assertThat(refused("--base", base)).contains("--tar", "--to");
        assertThat(refused("--base", base, "--tar", "a", "--to", "b")).contains("mutually exclusive");
        assertThat(refused("--base", base, "--to", "UPPER")).contains("--to UPPER: not the name of an image");
    }

    @Test
    void anApplicationThatIsNotBuiltIsNamed() throws IOException {
        Path jars = installation.home().resolve("workloads/target/app/jars");
        Files.move(jars, temp.resolve("elsewhere"));

        Ending ending = installation.berth("image", "--base", base, "--tar", temp.resolve("x.tar"));

        assertThat(ending.exitCode()).isEqualTo(3);
        assertThat(ending.err()).contains(jars + " is not there");
    }

    @Test
    void anotherSparkIsAnotherLayerUnderTheSameRest() throws Exception {
        image(installation, "--tar", temp.resolve("own.tar"));
        installation.write("workloads/spark-4.1/target/app/jvm.options", "-Xshare:auto");
        installation.write("workloads/spark-4.1/target/app/jars/spark-launcher_2.13-4.1.1.jar", "launcher");
        installation.write("workloads/spark-4.1/target/app/jars/berth-workloads.jar", "workloads");

        String name = image(installation, "--spark", "4.1", "--tar", temp.resolve("other.tar"));

        assertThat(name).matches("localhost/berth:\\S+-spark-4\\.1 sha256:[0-9a-f]{64}\n");
        JsonNode own = json("own.tar", "manifest.json").get(0).path("Layers");
        JsonNode other = json("other.tar", "manifest.json").get(0).path("Layers");
        assertThat(other.get(1)).isNotEqualTo(own.get(1));
        for (int i : new int[] {0, 2, 3}) {
            assertThat(other.get(i)).isEqualTo(own.get(i));
        }
        Path spark = temp.resolve("spark.tar.gz");
        Files.write(
                spark,
                command("tar", "-xOf", temp.resolve("other.tar"), other.get(1).textValue()));
        assertThat(new String(command("tar", "-tzf", spark), StandardCharsets.UTF_8))
                .contains("opt/spark/jars/spark-launcher_2.13-4.1.1.jar")
                .doesNotContain("spark-launcher_2.13.jar");
    }

    @Test
    void aSparkThatBerthHasNoApplicationForIsRefusedWithThoseItHas() throws IOException {
        installation.write("workloads/spark-4.1/pom.xml", "<project/>");

        assertThat(refused("--base", base, "--spark", "4.7", "--tar", temp.resolve("x.tar")))
                .contains("--spark 4.7: berth has no application for that Spark (known: 4.1)");
        assertThat(refused("--base", base, "--spark", "4.1", "--tar", temp.resolve("x.tar")))
                .contains("workloads/spark-4.1/target/app is not there; mvn -B -Pspark-4.1 ");
    }

    private Installation installation() throws IOException {
        Installation made = Installation.in(temp.resolve("one"));
        made.write("workloads/target/app/jars/spark-launcher_2.13.jar", "launcher");
        made.write("storage-profiles/servers/hdfs/target/server/lib/hadoop.jar", "hadoop");
        made.write("storage-profiles/servers/hdfs/target/server/lib/berth-hdfs-server.jar", "server");
        made.write("runner/target/cli/picocli.jar", "options");
        made.write("runner/target/cli/berth-runner.jar", "runner");
        Path real = Path.of(System.getProperty("berth.home")).resolve("image");
        made.write("image/entrypoint", Files.readString(real.resolve("entrypoint")));
        made.write("image/passwd", Files.readString(real.resolve("passwd")));
        return made;
    }

    /** An archive as {@code docker save} writes it, of one layer. */
    private Path base() throws Exception {
        Path root = Files.createDirectories(temp.resolve("base-root/bin"));
        Files.writeString(root.resolve("java"), "not really");
        Path image = Files.createDirectories(temp.resolve("base-image"));
        command("tar", "-cf", image.resolve("layer.tar"), "-C", temp.resolve("base-root"), ".");
        String diffId = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(image.resolve("layer.tar"))));
        Files.writeString(image.resolve("config.json"), """
                {"architecture": "amd64", "os": "linux", "config": {"Env": ["OF_THE_BASE=kept"], "Cmd": ["sh"]},
                 "rootfs": {"type": "layers", "diff_ids": ["sha256:%s"]}, "history": []}
                """.formatted(diffId));
        Files.writeString(
                image.resolve("manifest.json"),
                "[{\"Config\": \"config.json\", \"RepoTags\": [\"base:1\"], \"Layers\": [\"layer.tar\"]}]");
        Path tar = temp.resolve("base.tar");
        command("tar", "-cf", tar, "-C", image, "config.json", "layer.tar", "manifest.json");
        return tar;
    }

    private String image(Installation on, Object... options) {
        Ending ending = on.berth(Stream.concat(Stream.of("image", "--base", base), Stream.of(options))
                .toArray());
        assertThat(ending.exitCode()).as(ending.err()).isZero();
        assertThat(ending.err()).isEmpty();
        return ending.out();
    }

    private String refused(Object... options) {
        Ending ending = installation.berth(
                Stream.concat(Stream.of("image"), Stream.of(options)).toArray());
        assertThat(ending.exitCode()).as(ending.err()).isEqualTo(2);
        return ending.err();
    }

    private JsonNode json(String tar, String entry) throws Exception {
        return Formats.json().readTree(command("tar", "-xOf", temp.resolve(tar), entry));
    }

    private static byte[] command(Object... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Stream.of(words).map(String::valueOf).toList())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (InputStream out = process.getInputStream()) {
            byte[] bytes = out.readAllBytes();
            assertThat(process.waitFor()).as(String.valueOf(words[0])).isZero();
            return bytes;
        }
    }
}

package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.text.BadInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ProfilesTest {
    private static final Path SHIPPED = Path.of(System.getProperty("berth.home"), "storage-profiles/profiles");
    private static final String GOOD = """
            name: lab
            backend: mount
            description: the filer in the lab
            accessType: nas
            settings:
              path: /mnt/lab
              fsType: nfs4
              source: filer:/export
            """;

    @TempDir
    private Path temp;

    static Iterable<String> shipped() {
        return new Profiles(SHIPPED).names();
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void everyShippedProfileIsValid(String name) {
        assertThat(new Profiles(SHIPPED).read(name, Path.of("")).name()).isEqualTo(name);
    }

    static List<String> onThePage() throws IOException {
        Path page = Path.of(System.getProperty("berth.home"), "docs/adding-a-profile.md");
        return Pattern.compile("(?ms)^ *```yaml\\n(.*?)^ *```$")
                .matcher(Files.readString(page))
                .results()
                .map(block -> block.group(1).stripIndent())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("onThePage")
    void everyProfileOnThePageIsValid(String yaml) throws IOException {
        Path file = Files.writeString(temp.resolve("example.yaml"), yaml);

        assertThat(new Profiles(SHIPPED).read(file.toString(), Path.of("")).name())
                .isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    backend: mount        | backend: floppy  | 2 | backend "floppy" is not known (known: local, mount
                    source: filer:/export | server: filer    | 8 | setting "server" is not known to backend "mount" (known: path, fsType, source, options, keepData)
                    path: /mnt/lab        | path: [a, b]     | 6 | setting "path" is [a, b] (allowed: text)
                    path: /mnt/lab        | keepData: true   | 5 | setting "path" is missing: a directory on the mounted file system
                    path: /mnt/lab        | path:            | 6 | settings.path has no value; give it one, or leave it out
                    accessType: nas       | accessType: near | 4 | value "near" of accessType is not allowed (allowed: memory, local
                    """)
    void aMistakeIsNamedWithFileAndLine(String from, String to, int line, String message) throws IOException {
        Path file = temp.resolve("lab.yaml");
        Files.writeString(file, GOOD.replace(from, to));

        assertThatThrownBy(() -> new Profiles(temp).read("lab", Path.of("")))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith(file + ":" + line + ": " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    dataClaim: {accessModes: [ReadWriteOncePod]}                      | dataClaim has access modes [ReadWriteOncePod], but driver and executors
                    dataClaim: {accessModes: [ReadOnlyMany]}                          | dataClaim has access modes [ReadOnlyMany], but driver and executors
                    data: {persistentVolumeClaim: {claimName: mine, readOnly: true}}  | data is readOnly, but applications write their output to it
                    """)
    void aVolumeThatPodsCannotShareOrWriteIsRefusedWithFileAndLine(String setting, String message) throws IOException {
        Path file = temp.resolve("lab.yaml");
        Files.writeString(file, """
                name: lab
                backend: volume
                description: a volume of the lab
                accessType: nas
                settings:
                  fsType: nfs4
                  %s
                """.formatted(setting));

        assertThatThrownBy(() -> new Profiles(temp).read("lab", Path.of("")))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith(file + ":7: " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    s3-external   | endpoint: "https://s3 example:9000"   | "endpoint" is https://s3 example:9000
                    s3-external   | endpoint: s3.example:9000             | "endpoint" is s3.example:9000
                    hdfs-external | uri: hdfs://name node:8020/berth      | "uri" is hdfs://name node:8020/berth
                    hdfs-external | webAddress: "http://${name}:{9870}"   | "webAddress" is http://${name}:{9870}
                    """)
    void whatIsNoUriIsRefusedWithFileAndLine(String backend, String setting, String message) throws IOException {
        Path file = temp.resolve("lab.yaml");
        Files.writeString(file, """
                name: lab
                backend: %s
                description: servers of the lab
                accessType: object
                settings:
                  %s
                """.formatted(backend, setting));

        assertThatThrownBy(() -> new Profiles(temp).read("lab", Path.of("")))
                .isInstanceOf(BadInput.class)
                .hasMessage("%s:6: setting %s (allowed: a URI with a server, such as https://storage.example:9000)"
                        .formatted(file, message));
    }

    @Test
    void anUnknownNameListsTheKnownOnes() throws IOException {
        Files.writeString(temp.resolve("lab.yaml"), GOOD);

        assertThatThrownBy(() -> new Profiles(temp).read("bal", Path.of("")))
                .isInstanceOf(BadInput.class)
                .hasMessage("profile \"bal\" is not known (known: lab); see berth profiles");
    }

    @Test
    void aFileWithAnotherNameInItIsRefused() throws IOException {
        Files.writeString(temp.resolve("bal.yaml"), GOOD);

        assertThatThrownBy(() -> new Profiles(temp).read("bal", Path.of("")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("its name is \"lab\"");
    }

    @Test
    void aPathIsReadRelativeToWhereItIsNamed() throws IOException {
        Files.writeString(Files.createDirectory(temp.resolve("mine")).resolve("any.yaml"), GOOD);

        assertThat(new Profiles(SHIPPED).read("mine/any.yaml", temp).name()).isEqualTo("lab");
    }
}

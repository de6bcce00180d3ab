package io.berth.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.suite.StorageProfile;
import io.berth.model.suite.Suite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlFileTest {
    private static final String GOOD = """
            name: nightly
            profiles:
              - local-disk
            workloads:
              - name: sql
                iterations: 3
            """;

    @TempDir
    private Path temp;

    @Test
    void aGoodSuiteIsBound() throws IOException {
        Suite suite = file(GOOD).bind(Suite.class);

        assertThat(suite.name()).isEqualTo("nightly");
        assertThat(suite.workloads().get(0).iterations()).hasValue(3);
        assertThat(suite.blocks()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    name: nightly   | nam: nightly       | 1 | key "nam" is not known here (known: baseline, blocks,
                    iterations: 3   | iteration: 3       | 6 | key "iteration" is not known here (known: as, iterations, name
                    iterations: 3   | iterations: many   | 6 | value "many" of workloads[0].iterations is not allowed (allowed: a whole number)
                    iterations: 3   | iterations: 0      | 6 | iterations is 0 (allowed: 1 to 1000)
                    name: nightly   | name: Nightly Run  | 1 | name "Nightly Run" is not a name (allowed: at most 40 of a-z, 0-9 and -
                    name: nightly   | description: x     | 1 | name is missing
                    name: nightly   | name: [nightly     | 2 | expected
                    - local-disk    | []                 | 2 | profiles
                    - local-disk    | -                  | 3 | profiles[0] has no value; give it one, or leave it out
                    name: nightly   | name:              | 1 | name has no value; give it one, or leave it out
                    iterations: 3   | iterations:        | 6 | workloads[0].iterations has no value; give it one, or leave it out
                    iterations: 3   | parameters: {a: }  | 6 | workloads[0].parameters.a has no value; give it one, or leave it out
                    iterations: 3   | parameters: {a: [1, ~]} | 6 | workloads[0].parameters.a[1] has no value
                    iterations: 3   | spark: {a: }       | 6 | workloads[0].spark.a has no value; give it one, or leave it out
                    """)
    void aMistakeIsNamedWithFileAndLine(String from, String to, int line, String message) throws IOException {
        Path path = temp.resolve("suite.yaml");
        Files.writeString(path, GOOD.replace(from, to));

        assertThatThrownBy(() -> YamlFile.read(path).bind(Suite.class))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith(path + ":")
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(lineOf(e, path)).isEqualTo(line));
    }

    @Test
    void anEnumNamesItsValues() {
        assertThatThrownBy(() -> file("name: x\nbackend: local\ndescription: y\naccessType: floppy\n")
                        .bind(StorageProfile.class))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(":4: value \"floppy\" of accessType is not allowed (allowed: memory, local,")
                .hasMessageContaining("remote-block");
    }

    @Test
    void aKeyThatStandsTwiceIsRefused() {
        assertThatThrownBy(() -> file("name: a\nname: b\n").bind(Suite.class))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(":2: ")
                .hasMessageContaining("uplicate");
    }

    @Test
    void anEmptyFileAndAMissingOneAreNamed() {
        assertThatThrownBy(() -> file("").bind(Suite.class))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("suite.yaml:1");
        assertThatThrownBy(() -> YamlFile.read(temp.resolve("nowhere.yaml")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("nowhere.yaml: there is no such file");
    }

    @Test
    void aProblemFoundLaterPointsAtItsLine() throws IOException {
        YamlFile file = file(GOOD);

        assertThat(file.problem("/workloads/0/name", "unknown")).hasMessage(file.path() + ":5: unknown");
        assertThat(file.problem("/workloads/0/parameters/x", "unknown")).hasMessageContaining(":5: unknown");
        assertThat(file.problem("/nothing", "unknown")).hasMessageContaining(":1: unknown");
    }

    private static int lineOf(Throwable e, Path path) {
        String rest = String.valueOf(e.getMessage()).substring(path.toString().length() + 1);
        return Integer.parseInt(rest.substring(0, rest.indexOf(':')));
    }

    private YamlFile file(String text) throws IOException {
        Path path = temp.resolve("suite.yaml");
        Files.writeString(path, text);
        return YamlFile.read(path);
    }
}

package io.berth.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.runner.Installation;
import io.berth.runner.Installation.Ending;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without a cluster. */
class LifecycleCommandTest {
    @TempDir
    private Path temp;

    private Installation installation;

    @BeforeEach
    void install() throws IOException {
        installation = Installation.in(temp.resolve("home"));
        installation.write("suites/volumes.yaml", """
                name: volumes
                profiles: [local-disk]
                kubernetes: {image: localhost/berth, namespace: bench}
                workloads: [{name: conforming}]
                """);
    }

    @Test
    void aSuiteWithoutAKubernetesHasNoVolumes() {
        Ending ending = installation.berth("lifecycle");

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err()).contains("has no kubernetes: section", "suites/kubernetes.yaml");
    }

    @Test
    void profilesWithoutAClassAreRefused() {
        Ending ending = installation.berth(
                "lifecycle", temp.resolve("home/suites/volumes.yaml").toString());

        assertThat(ending.exitCode()).as(ending.err()).isEqualTo(2);
        assertThat(ending.err()).contains("no profile has a dataClaim", "given: local-disk", "volume-class.yaml");
    }

    @Test
    void numbersOfVolumesAreChecked() {
        Ending none = installation.berth("lifecycle", "--volumes", "1,0");
        Ending text = installation.berth("lifecycle", "--volumes", "1,many");

        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).contains("--volumes has 0 (allowed: 1 to 1000)");
        assertThat(text.exitCode()).isEqualTo(2);
        assertThat(text.err()).contains("'many' is not an int");
    }
}

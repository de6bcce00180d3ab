package io.berth.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.text.Formats;
import io.berth.runner.Installation;
import io.berth.runner.Installation.Ending;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without a cluster. */
class DoctorCommandTest {
    @TempDir
    private Path temp;

    private Installation installation;

    @BeforeEach
    void install() throws IOException {
        installation = Installation.in(temp.resolve("home"));
    }

    @Test
    void aHealthyMachineHasNoFinding() {
        Ending ending = installation.berth("doctor");

        assertThat(ending.exitCode()).as(ending.out() + ending.err()).isZero();
        assertThat(ending.out()).isEqualTo("Nothing was found.\n");
        assertThat(temp.resolve("home/storage/local-disk/runs")).doesNotExist();
    }

    @Test
    void whatIsWrongHasACodeAndSaysWhatToDo() throws IOException {
        Files.createFile(temp.resolve("file"));
        profile("blocked", "backend: local", "directory: " + temp.resolve("file/berth"));
        profile("elsewhere", "backend: local", "directory: " + temp.resolve("there"), "fsType: nfs4");
        profile(
                "keyless",
                "backend: s3-external",
                "region: us-east-1",
                "bucket: b",
                "credentials: environment",
                "accessKeyVariable: BERTH_TEST_UNSET");

        Ending ending = installation.berth(
                "doctor",
                "--profile",
                "local-disk",
                "--profile",
                "blocked",
                "--profile",
                "elsewhere",
                "--profile",
                "keyless");

        assertThat(ending.exitCode()).isEqualTo(3);
        assertThat(ending.out())
                .contains("write-refused  blocked\n", "mount-differs  elsewhere\n", "credentials-missing  keyless\n")
                .contains("    do: put the credentials where the profile says that they are\n")
                .doesNotContain("local-disk");
    }

    @Test
    void findingsAreAvailableAsJson() throws IOException {
        profile("elsewhere", "backend: local", "directory: " + temp.resolve("there"), "fsType: nfs4");

        JsonNode findings = Formats.json()
                .readTree(installation
                        .berth("doctor", "--profile", "elsewhere", "--format", "json")
                        .out());

        assertThat(findings).hasSize(1);
        assertThat(findings.get(0).path("code").textValue()).isEqualTo("mount-differs");
        assertThat(findings.get(0).path("profile").textValue()).isEqualTo("elsewhere");
        assertThat(findings.get(0).path("found").textValue()).contains("should be nfs4");
        assertThat(findings.get(0).path("advice").textValue()).isNotBlank();
        assertThat(Formats.json()
                        .readTree(
                                installation.berth("doctor", "--format", "json").out()))
                .isEmpty();
    }

    private void profile(String name, String backend, String... settings) throws IOException {
        installation.write("storage-profiles/profiles/" + name + ".yaml", """
                name: %s
                %s
                description: a profile
                accessType: local
                settings:
                  %s
                """.formatted(
                        name, backend, String.join("\n  ", settings)));
    }
}

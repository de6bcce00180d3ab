package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent without Spark. */
final class AgentIT {
    @TempDir
    private Path directory;

    @Test
    void itStartsFromAPathWithBlanksAndLeavesNoFileBehindInAMachineThatIsHalted() throws Exception {
        Path jar = Files.createDirectories(directory.resolve("a path with 100%25 blanks"))
                .resolve("berth-io-probe.jar");
        Files.copy(ForkedApplication.JAR, jar);
        Path temporary = Files.createDirectories(directory.resolve("tmp"));

        ForkedApplication.Ended ended = new ForkedApplication(directory)
                .agentJar(jar)
                .jvm("-Djava.io.tmpdir=" + temporary)
                .run(AgentApplication.class.getName(), directory.toString());

        assertThat(ended.err()).doesNotContain("berth-io-probe");
        assertThat(ended.answer("bytes")).isEqualTo("12345");
        assertThat(temporary).isEmptyDirectory();
    }
}

package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.records.RecordLine;
import io.berth.model.results.StepMeasurement;
import io.berth.model.suite.WorkloadDefinition;
import io.berth.model.text.YamlFile;
import io.berth.workloads.TrialRun.Outcome;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/adding-a-workload.md tells a person to write compiles, runs and gives the right answer. */
final class AddingAWorkloadIT {
    private static final Path PAGE = Path.of("..", "docs", "adding-a-workload.md");

    @TempDir
    Path directory = Path.of("");

    @Test
    void theExampleOnThePageWorks() throws Exception {
        List<Path> sources = List.of(directory.resolve("SmallFiles.java"), directory.resolve("SmallFilesIT.java"));
        List<String> java = blocks("java");
        assertThat(java).hasSameSizeAs(sources);
        for (int i = 0; i < java.size(); i++) {
            Files.writeString(sources.get(i), java.get(i));
        }
        Path yaml = directory.resolve("small-files.yaml");
        Files.writeString(yaml, blocks("yaml").get(0));
        WorkloadDefinition definition = YamlFile.read(yaml).bind(WorkloadDefinition.class);
        assertThat(definition.name()).isEqualTo("small-files");

        Path classes = Files.createDirectories(directory.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        boolean compiled = compiler.getTask(
                        messages,
                        null,
                        null,
                        List.of("-d", classes.toString(), "-proc:none"),
                        null,
                        compiler.getStandardFileManager(null, null, null).getJavaFileObjectsFromPaths(sources))
                .call();
        assertThat(compiled).as(messages.toString()).isTrue();

        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            Outcome outcome = TrialRun.of(directory.resolve("run"), definition)
                    .parameter("files", 4)
                    .iterations(0, 1)
                    .run();
            assertThat(outcome.failure()).isEmpty();
            assertThat(outcome.lines(RecordLine.Answered.class))
                    .hasSize(1)
                    .allMatch(line -> line.answer().matches() && line.answer().rows() == 400);
            assertThat(outcome.only(RecordLine.IterationDone.class).iteration().steps())
                    .extracting(StepMeasurement::name)
                    .containsExactly("write", "read");
            assertThat(outcome.lines(RecordLine.StageDone.class))
                    .filteredOn(line -> line.stage().step().equals("write"))
                    .singleElement()
                    .satisfies(line -> assertThat(line.stage().tasks()).hasSize(4));
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** The fenced blocks in a language, without their indentation. */
    private static List<String> blocks(String language) throws IOException {
        List<String> blocks = Pattern.compile("(?ms)^ *```" + language + "\\n(.*?)^ *```$")
                .matcher(Files.readString(PAGE))
                .results()
                .map(block -> block.group(1).stripIndent())
                .toList();
        assertThat(blocks).isNotEmpty();
        return blocks;
    }
}

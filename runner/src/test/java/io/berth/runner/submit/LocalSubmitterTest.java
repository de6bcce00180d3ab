package io.berth.runner.submit;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Trial;
import io.berth.model.plan.TrialSpec;
import io.berth.model.suite.Durability;
import io.berth.model.text.FormatVersion;
import io.berth.runner.Installation;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Properties;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a small application in Spark's place. */
class LocalSubmitterTest {
    @TempDir
    private Path temp;

    @Test
    void temporaryFilesAreBesideTheLogAndGoneWithTheApplication() throws IOException {
        Submission submission = submission("local[1]");

        run(submission);

        assertThat(Files.readString(submission.log())).contains("temporary files are in " + submission.temporary());
        try (Stream<Path> left = Files.list(submission.logs())) {
            assertThat(left)
                    .containsExactlyInAnyOrder(
                            submission.log(), submission.specFile(), submission.records(), submission.conf());
        }
    }

    @Test
    void executorsElsewhereGetTheEnvironmentBySettings() throws IOException {
        Submission submission = submission("spark://master.example:7077");

        run(submission);

        assertThat(conf(submission)).containsEntry("spark.executorEnv.HADOOP_USER_NAME", "me");
    }

    @Test
    void executorsInsideTheDriverHaveItsEnvironment() throws IOException {
        Submission submission = submission("local[1]");

        run(submission);

        assertThat(conf(submission)).doesNotContainKey("spark.executorEnv.HADOOP_USER_NAME");
    }

    @Test
    void aPreparationMakesTheArchiveOfClassesThatLaterApplicationsUse() throws IOException {
        Path application = applicationOfSpark();
        Path ofOtherJars = Files.createFile(application.resolve("classes-00000000.jsa"));
        Submission preparation = submission("local[1]", Trial.Kind.PREPARE, "good");
        run(application, preparation);
        Submission measured = submission("local[1]", Trial.Kind.MEASURE, "good");

        run(application, measured);

        assertThat(Files.readString(measured.log()))
                .containsPattern("io.berth.model.process.Leash source: shared objects file \\(top\\)");
        assertThat(ofOtherJars).doesNotExist();
        try (Stream<Path> files = Files.list(application)) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("classes-")))
                    .hasSize(1);
        }
    }

    /** A JVM would use it, and with an agent it would fail. */
    @Test
    void anArchiveOfAnApplicationThatWasMovedIsMadeAnew() throws IOException {
        Path application = applicationOfSpark();
        run(application, submission("local[1]", Trial.Kind.PREPARE, "good"));
        Path moved = Files.move(application, temp.resolve("moved"));
        Submission measured = submission("local[1]", Trial.Kind.MEASURE, "good");
        run(moved, measured);
        assertThat(Files.readString(measured.log())).doesNotContain("shared objects file (top)");
        run(moved, submission("local[1]", Trial.Kind.PREPARE, "good"));

        run(moved, measured);

        assertThat(Files.readString(measured.log())).contains("Leash source: shared objects file (top)");
        try (Stream<Path> files = Files.list(moved)) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("classes-")))
                    .hasSize(1);
        }
    }

    @Test
    void anArchiveOfAnApplicationThatFailedIsNotKept() throws IOException {
        Path application = applicationOfSpark();
        Submission preparation = submission("local[1]", Trial.Kind.PREPARE, "fail-storage");

        new LocalSubmitter(version -> application).run(preparation, () -> true);

        assertThat(application).isDirectoryNotContaining("glob:**classes-*");
    }

    /** By the names of its jars. No JVM uses an archive of a class path with an empty file. */
    private Path applicationOfSpark() throws IOException {
        Path application = Installation.in(temp.resolve("home")).home().resolve("workloads/target/app");
        Path workloads = application.resolve("jars/berth-workloads.jar");
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(workloads))) {
            jar.putNextEntry(new ZipEntry("empty"));
        }
        Files.copy(workloads, application.resolve("jars/spark-core_0.jar"));
        return application;
    }

    private void run(Submission submission) throws IOException {
        run(Installation.in(temp.resolve("home")).home().resolve("workloads/target/app"), submission);
    }

    private static void run(Path application, Submission submission) throws IOException {
        assertThat(new LocalSubmitter(version -> application)
                        .run(submission, () -> true)
                        .exitCode())
                .isZero();
    }

    private Submission submission(String master) throws IOException {
        return submission(master, Trial.Kind.MEASURE, "good");
    }

    private Submission submission(String master, Trial.Kind kind, String preparation) throws IOException {
        Path logs = Files.createDirectories(temp.resolve("logs"));
        TrialSpec spec = new TrialSpec(
                FormatVersion.CURRENT,
                "block1-conforming-x",
                kind,
                "conforming",
                "none",
                Map.of("behaviour", "good", "preparation", preparation),
                Map.of(),
                temp.resolve("output").toUri().toString(),
                Optional.empty(),
                Durability.READ_ONLY,
                0,
                1,
                60,
                List.of(),
                Map.of("spark.driver.memory", "64m", "spark.driver.extraJavaOptions", "-Xlog:class+load"),
                OptionalDouble.empty());
        return new Submission(1, spec, master, Map.of("HADOOP_USER_NAME", "me"), List.of(), logs, "image berth:1");
    }

    private static Properties conf(Submission submission) throws IOException {
        Properties conf = new Properties();
        try (Reader in = Files.newBufferedReader(submission.conf())) {
            conf.load(in);
        }
        return conf;
    }
}

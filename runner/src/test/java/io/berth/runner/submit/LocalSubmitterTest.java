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
import java.util.stream.Stream;
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

    private void run(Submission submission) throws IOException {
        Installation installation = Installation.in(temp.resolve("home"));
        Path application = installation.home().resolve("workloads/target/app");
        assertThat(new LocalSubmitter(application).run(submission, () -> true).exitCode())
                .isZero();
    }

    private Submission submission(String master) throws IOException {
        Path logs = Files.createDirectories(temp.resolve("logs"));
        TrialSpec spec = new TrialSpec(
                FormatVersion.CURRENT,
                "block1-conforming-x",
                Trial.Kind.MEASURE,
                "conforming",
                "none",
                Map.of("behaviour", "good"),
                Map.of(),
                temp.resolve("output").toUri().toString(),
                Optional.empty(),
                Durability.READ_ONLY,
                0,
                1,
                60,
                List.of(),
                Map.of("spark.driver.memory", "64m"),
                OptionalDouble.empty());
        return new Submission(1, spec, master, Map.of("HADOOP_USER_NAME", "me"), List.of(), logs);
    }

    private static Properties conf(Submission submission) throws IOException {
        Properties conf = new Properties();
        try (Reader in = Files.newBufferedReader(submission.conf())) {
            conf.load(in);
        }
        return conf;
    }
}

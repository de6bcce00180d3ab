package io.berth.workloads.sql;

import com.fasterxml.jackson.core.type.TypeReference;
import io.berth.model.plan.Trial;
import io.berth.model.plan.TrialSpec;
import io.berth.model.records.RecordLine;
import io.berth.model.records.RecordReader;
import io.berth.model.results.Answer;
import io.berth.model.suite.Durability;
import io.berth.model.suite.Role;
import io.berth.model.text.FormatVersion;
import io.berth.model.text.Formats;
import io.berth.workloads.Application;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;

/**
 * The committed answers: checksums by scale factor and step. Answers for more scale factors are printed by
 *
 * <pre>{@code
 * java @workloads/target/app/jvm.options -Xmx2g -cp 'workloads/target/app/jars/*' \
 *     io.berth.workloads.sql.ExpectedAnswers 0.01 0.05 0.1
 * }</pre>
 *
 * and belong into {@code expected-answers.json} after somebody has compared the rows with those of another engine. At 0.01
 * a test compares them with Trino's.
 */
final class ExpectedAnswers {
    private static final String RESOURCE = "expected-answers.json";

    private final Map<String, Map<String, String>> checksums;

    private ExpectedAnswers(Map<String, Map<String, String>> checksums) {
        this.checksums = checksums;
    }

    /**
     * Computes the answers of every query.
     *
     * @param args scale factors
     */
    public static void main(String[] args) throws IOException {
        Map<String, Map<String, String>> answers = new TreeMap<>();
        for (String scaleFactor : args) {
            Path directory = Files.createTempDirectory("berth-answers");
            answers.put(
                    TpchData.label(Double.parseDouble(scaleFactor)),
                    compute(Double.parseDouble(scaleFactor), directory));
        }
        System.out.println(Formats.json().writerWithDefaultPrettyPrinter().writeValueAsString(answers));
    }

    private static Map<String, String> compute(double scaleFactor, Path directory) throws IOException {
        TrialSpec spec = new TrialSpec(
                FormatVersion.CURRENT,
                "answers",
                Trial.Kind.MEASURE,
                "sql",
                TpchQueries.class.getName(),
                Map.of("scaleFactor", scaleFactor, "queries", TpchQueries.KNOWN),
                Map.of(Role.DATA, directory.toUri().toString()),
                directory.resolve("out").toUri().toString(),
                Optional.empty(),
                Durability.CLOSED,
                0,
                1,
                1,
                List.of(),
                Map.of(),
                OptionalDouble.empty());
        Path specFile = directory.resolve("spec.json");
        Path records = directory.resolve("records.jsonl");
        Formats.json().writeValue(specFile.toFile(), spec);
        Application.run(
                specFile,
                records,
                () -> SparkSession.builder()
                        .master("local[*]")
                        .appName("answers")
                        .getOrCreate(),
                0);
        try (InputStream in = Files.newInputStream(records)) {
            return RecordReader.read(in).lines().stream()
                    .filter(RecordLine.Answered.class::isInstance)
                    .map(line -> ((RecordLine.Answered) line).answer())
                    .collect(Collectors.toMap(Answer::step, Answer::checksum, (one, other) -> one, TreeMap::new));
        }
    }

    static ExpectedAnswers committed() {
        try (InputStream in = ExpectedAnswers.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing in the application's jar");
            }
            return new ExpectedAnswers(Formats.json().readValue(in, new TypeReference<>() {}));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Empty if nobody has committed answers for that scale factor, or for that step. */
    Optional<String> checksum(double scaleFactor, String step) {
        return Optional.ofNullable(checksums.get(TpchData.label(scaleFactor)))
                .flatMap(steps -> Optional.ofNullable(steps.get(step)));
    }
}

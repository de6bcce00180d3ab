package io.berth.workloads.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Trial;
import io.berth.model.records.RecordLine;
import io.berth.model.results.Answer;
import io.berth.model.results.DataSetFact;
import io.berth.model.results.StepMeasurement;
import io.berth.workloads.TrialRun;
import io.berth.workloads.TrialRun.Outcome;
import io.trino.tpch.TpchTable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The SQL workload at scale factor 0.01, on data that is right and on data that isn't. */
final class TpchIT {
    private static final double SCALE_FACTOR = 0.01;
    private static final String DATA_SET = "data/tpch-sf0.01-parquet";

    /** Made once and copied, because every test but one needs it and some spoil it. */
    @TempDir
    static Path shared = Path.of("");

    @TempDir
    Path directory = Path.of("");

    private static TrialRun trial(Path place) {
        return TrialRun.of(place, "sql").parameter("scaleFactor", SCALE_FACTOR);
    }

    private static synchronized void provideShared() throws IOException {
        if (!Files.exists(shared.resolve(DATA_SET).resolve("_berth-manifest.json"))) {
            assertThat(trial(shared).kind(Trial.Kind.PREPARE).run().failure()).isEmpty();
        }
    }

    private TrialRun trialOnCopy() throws IOException {
        provideShared();
        for (String file : TrialRun.files(shared.resolve("data"))) {
            Path copy = directory.resolve("data").resolve(file);
            Files.createDirectories(copy.getParent());
            Files.copy(shared.resolve("data").resolve(file), copy);
        }
        return trial(directory).iterations(0, 1);
    }

    private Path file(String name) {
        return directory.resolve(DATA_SET).resolve(name);
    }

    private static DataSetFact dataSet(Outcome outcome) {
        assertThat(outcome.failure()).isEmpty();
        return outcome.only(RecordLine.DataSetReady.class).dataSet();
    }

    @Test
    void theSameBytesAreMadeWhateverTheParallelism() throws IOException {
        List<DataSetFact> made = List.of(
                dataSet(trial(directory.resolve("1"))
                        .kind(Trial.Kind.PREPARE)
                        .master("local[1]")
                        .run()),
                dataSet(trial(directory.resolve("2"))
                        .kind(Trial.Kind.PREPARE)
                        .master("local[2]")
                        .run()),
                dataSet(trial(directory.resolve("5"))
                        .kind(Trial.Kind.PREPARE)
                        .master("local[5]")
                        .run()));
        assertThat(made)
                .extracting(DataSetFact::digest)
                .containsOnly(made.get(0).digest());
        assertThat(made).extracting(DataSetFact::rows).containsOnly(86_805L);
        assertThat(made).extracting(DataSetFact::reused).containsOnly(false);
        assertThat(Files.mismatch(
                        directory.resolve("1").resolve(DATA_SET).resolve("lineitem/part-00002.parquet"),
                        directory.resolve("5").resolve(DATA_SET).resolve("lineitem/part-00002.parquet")))
                .isEqualTo(-1);
    }

    @Test
    void answersAreTheCommittedOnes() throws IOException {
        Outcome outcome = trialOnCopy().parameter("queries", TpchQueries.KNOWN).run();
        assertThat(outcome.failure()).isEmpty();
        assertThat(dataSet(outcome).reused()).isTrue();
        Map<String, Answer> answers = outcome.lines(RecordLine.Answered.class).stream()
                .map(RecordLine.Answered::answer)
                .collect(Collectors.toMap(Answer::step, answer -> answer));
        assertThat(answers.keySet()).containsExactlyInAnyOrderElementsOf(TpchQueries.KNOWN);
        assertThat(answers.values()).allSatisfy(answer -> {
            assertThat(answer.expected()).isPresent();
            assertThat(answer.matches()).isTrue();
        });
        assertThat(outcome.only(RecordLine.IterationDone.class).iteration().steps())
                .extracting(StepMeasurement::name)
                .startsWith("list", "q01", "q03")
                .endsWith("write");
        assertThat(TrialRun.files(directory.resolve("data/out"))).isEmpty();
    }

    /** The library of the generator ships Trino's answers at this scale: another engine's, over the same rows. */
    @Test
    void rowsAreThoseOfTrino() throws IOException {
        provideShared();
        try (SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .getOrCreate()) {
            TpchQueries.openTables(
                    spark,
                    new org.apache.hadoop.fs.Path(shared.resolve(DATA_SET).toUri()));
            for (String query : TpchQueries.KNOWN) {
                if (query.equals(TpchQueries.WRITE)) {
                    continue;
                }
                List<List<String>> trinos = new ArrayList<>(trinosAnswer(query));
                List<Row> rows = spark.sql(TpchQueries.text(query)).collectAsList();
                assertThat(rows).as(query).hasSameSizeAs(trinos);
                for (Row row : rows) {
                    int match = IntStream.range(0, trinos.size())
                            .filter(i -> equal(row, trinos.get(i)))
                            .findFirst()
                            .orElse(-1);
                    assertThat(match).as("%s: %s in %s", query, row, trinos).isNotNegative();
                    trinos.remove(match);
                }
            }
        }
    }

    private static List<List<String>> trinosAnswer(String query) throws IOException {
        String resource = "queries/q%d.result".formatted(Integer.parseInt(query.substring(1)));
        try (InputStream in = Objects.requireNonNull(TpchTable.class.getResourceAsStream(resource))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("--") && !line.isBlank())
                    .map(line -> List.of(line.split("\\|")))
                    .toList();
        }
    }

    /** Trino's files round averages to two digits. */
    private static boolean equal(Row row, List<String> trinos) {
        if (row.size() != trinos.size()) {
            return false;
        }
        for (int i = 0; i < row.size(); i++) {
            Object value = row.get(i);
            boolean same = value instanceof Number number
                    ? Math.abs(number.doubleValue() - Double.parseDouble(trinos.get(i))) < 0.00501
                    : String.valueOf(value).equals(trinos.get(i));
            if (!same) {
                return false;
            }
        }
        return true;
    }

    @Test
    void wrongDataGiveAWrongAnswerAndNoException() throws IOException {
        TrialRun trial = trialOnCopy().parameter("queries", List.of("q01", "q06", "q12"));
        // A second copy of the first quarter where the second should be, and a manifest that agrees.
        swapInto("lineitem/part-00000.parquet", "lineitem/part-00001.parquet");
        Outcome outcome = trial.run();
        assertThat(outcome.failure()).isEmpty();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.lines(RecordLine.Answered.class)).isNotEmpty().noneMatch(line -> line.answer()
                .matches());
    }

    private void swapInto(String from, String to) throws IOException {
        long was = Files.size(file(to));
        Files.copy(file(from), file(to), StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(file(to).resolveSibling("." + file(to).getFileName() + ".crc"));
        Files.deleteIfExists(file("._berth-manifest.json.crc"));
        Path manifest = file("_berth-manifest.json");
        Files.writeString(
                manifest,
                Files.readString(manifest).replace("\"bytes\" : " + was, "\"bytes\" : " + Files.size(file(to))));
    }

    @Test
    void aTruncatedFileIsNamedWithWhatToDo() throws IOException {
        TrialRun trial = trialOnCopy();
        try (var channel =
                Files.newByteChannel(file("orders/part-00001.parquet"), java.nio.file.StandardOpenOption.WRITE)) {
            channel.truncate(1000);
        }
        assertThat(trial.run().failure()).hasValueSatisfying(reason -> assertThat(reason)
                .contains("orders/part-00001.parquet of 1000 bytes, which was made with")
                .contains("remove that directory"));
    }

    @Test
    void aFileThatIsNoParquetFailsTheTrial() throws IOException {
        TrialRun trial = trialOnCopy().parameter("queries", List.of("q06"));
        Path file = file("lineitem/part-00003.parquet");
        Files.write(file, new byte[Math.toIntExact(Files.size(file))]);
        Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
        Outcome outcome = trial.run();
        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.only(RecordLine.Failure.class).reason()).contains("part-00003.parquet");
        assertThat(outcome.lines(RecordLine.IterationDone.class)).isEmpty();
    }

    @Test
    void theDataSetOfAnotherScaleUnderThisNameIsRefused() throws IOException {
        TrialRun trial = trialOnCopy();
        Path manifest = file("_berth-manifest.json");
        Files.deleteIfExists(file("._berth-manifest.json.crc"));
        Files.writeString(manifest, Files.readString(manifest).replace("\"0.01\"", "\"10\""));
        assertThat(trial.run().failure()).hasValueSatisfying(reason -> assertThat(reason)
                .contains("is another data set")
                .contains("scaleFactor=10")
                .contains("scaleFactor=0.01"));
    }

    @Test
    void aDirectoryThatIsSomebodyElsesIsRefusedAndKept() throws IOException {
        Files.createDirectories(directory.resolve(DATA_SET));
        Files.writeString(file("thesis.txt"), "the only copy");
        assertThat(trial(directory).run().failure()).hasValueSatisfying(reason -> assertThat(reason)
                .contains("has no manifest of berth's, yet holds thesis.txt")
                .contains("remove that directory"));
        assertThat(file("thesis.txt")).hasContent("the only copy");
    }

    @Test
    void aManifestThatCanNotBeReadIsRefused() throws IOException {
        TrialRun trial = trialOnCopy();
        Files.deleteIfExists(file("._berth-manifest.json.crc"));
        Files.writeString(file("_berth-manifest.json"), "{\"version\" :");
        assertThat(trial.run().failure())
                .hasValueSatisfying(reason -> assertThat(reason).contains("has a manifest that can't be read"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lineitem/extra.parquet", "lineitem/part-00000.parquet"})
    void aFileTooManyOrTooFewIsRefused(String name) throws IOException {
        TrialRun trial = trialOnCopy();
        if (!Files.deleteIfExists(file(name))) {
            Files.createFile(file(name));
        }
        assertThat(trial.run().failure())
                .hasValueSatisfying(reason -> assertThat(reason).contains(name));
    }

    @Test
    void aDataSetThatBerthLeftUnfinishedIsMadeAnew() throws IOException {
        provideShared();
        Files.createDirectories(directory.resolve(DATA_SET).resolve("lineitem"));
        Files.writeString(file("_berth-incomplete"), "interrupted");
        Files.writeString(file("lineitem/part-00000.parquet"), "half a file");
        DataSetFact made = dataSet(trial(directory).kind(Trial.Kind.PREPARE).run());
        assertThat(made.reused()).isFalse();
        assertThat(made.digest())
                .isEqualTo(dataSet(trial(shared).kind(Trial.Kind.PREPARE).run()).digest());
        assertThat(file("_berth-incomplete")).doesNotExist();
    }

    @Test
    void aParameterOfTheWrongTypeIsNamed() throws IOException {
        assertThat(trial(directory).parameter("scaleFactor", "small").run().failure())
                .contains("parameter \"scaleFactor\" is \"small\" (allowed: a number of 0.01 to 10000.0)");
        assertThat(trial(directory).parameter("queries", List.of("q99")).run().failure())
                .hasValueSatisfying(
                        reason -> assertThat(reason).contains("[q99]").contains("q01, q03"));
    }

    @Test
    void theNumberOfFilesDependsOnTheScaleAlone() {
        assertThat(Table.LINEITEM.files(0.01)).isEqualTo(4);
        assertThat(Table.LINEITEM.files(1)).isEqualTo(4);
        assertThat(Table.LINEITEM.files(10)).isEqualTo(40);
        assertThat(Table.NATION.files(1000)).isEqualTo(1);
        assertThat(Table.values()).hasSameSizeAs(TpchTable.getTables());
    }
}

package io.berth.workloads.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.records.RecordLine;
import io.berth.model.results.Answer;
import io.berth.model.results.DataSetFact;
import io.berth.model.results.SparkTotals;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.StepMeasurement;
import io.berth.model.text.BadInput;
import io.berth.workloads.Iteration;
import io.berth.workloads.Parameters;
import io.berth.workloads.TrialContext;
import io.berth.workloads.TrialRun;
import io.berth.workloads.TrialRun.Outcome;
import io.berth.workloads.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The MLlib workload, on models that are as good as they should be and on predictions that aren't. */
final class LearningIT {
    private static final Map<String, Object> SMALL = Map.of(
            "points", 10_000,
            "dimensions", 4,
            "clusters", 5,
            "ratings", 20_000,
            "users", 200,
            "items", 100,
            "rank", 4,
            "iterations", 4,
            "seed", 1);

    @TempDir
    Path directory = Path.of("");

    private TrialRun trial() {
        return small(TrialRun.of(directory, "mllib"));
    }

    private static TrialRun small(TrialRun trial) {
        SMALL.forEach(trial::parameter);
        return trial;
    }

    private static List<Answer> answers(Outcome outcome) {
        assertThat(outcome.failure()).isEmpty();
        return outcome.lines(RecordLine.Answered.class).stream()
                .map(RecordLine.Answered::answer)
                .toList();
    }

    @Test
    void everyPartOfAModelsLifeIsAStepAndTheModelIsAsGoodAsItsDataAllow() throws IOException {
        Outcome outcome = trial().iterations(1, 1).run();
        assertThat(answers(outcome))
                .extracting(Answer::step)
                .containsExactly("kmeans-train", "kmeans-predict", "als-predict");
        assertThat(answers(outcome)).allMatch(Answer::matches);
        // The metrics differ in their last digits from iteration to iteration, the answers don't.
        assertThat(outcome.lines(RecordLine.Distrusted.class)).isEmpty();
        assertThat(outcome.lines(RecordLine.IterationDone.class)
                        .get(1)
                        .iteration()
                        .steps())
                .extracting(StepMeasurement::name)
                .containsExactly(
                        "kmeans-load",
                        "kmeans-train",
                        "kmeans-save",
                        "kmeans-reload",
                        "kmeans-predict",
                        "als-load",
                        "als-train",
                        "als-save",
                        "als-reload",
                        "als-predict");
        List<StageMeasurement> stages = outcome.lines(RecordLine.StageDone.class).stream()
                .map(RecordLine.StageDone::stage)
                .toList();
        assertThat(stages).extracting(StageMeasurement::step).contains("als-train", "kmeans-predict");
        // The same stages in both iterations, or no report could match them. Broadcasts run side by side.
        assertThat(stages.stream().filter(stage -> stage.iteration() == 0).map(StageMeasurement::key))
                .containsExactlyInAnyOrderElementsOf(stages.stream()
                        .filter(stage -> stage.iteration() == 1)
                        .map(StageMeasurement::key)
                        .toList());
        assertThat(outcome.lines(RecordLine.DataSetReady.class))
                .extracting(RecordLine.DataSetReady::dataSet)
                .extracting(DataSetFact::rows)
                .containsExactly(10_000L, 20_000L);
        assertThat(TrialRun.files(directory.resolve("checkpoint"))).isEmpty();
        assertThat(TrialRun.files(directory.resolve("data/out"))).isEmpty();
    }

    @Test
    void aModelIsReadWhenItIsLoaded() throws IOException {
        Outcome outcome = trial().iterations(0, 1).run();

        assertThat(outcome.failure()).isEmpty();
        for (String label : List.of("kmeans", "als")) {
            long saved = bytes(outcome, label + "-save", SparkTotals::outputBytes);
            assertThat(bytes(outcome, label + "-reload", SparkTotals::inputBytes))
                    .as("%s, of which %d bytes were saved", label, saved)
                    .isGreaterThan(saved / 2);
        }
    }

    private static long bytes(Outcome outcome, String step, ToLongFunction<SparkTotals> what) {
        return outcome.lines(RecordLine.StageDone.class).stream()
                .map(RecordLine.StageDone::stage)
                .filter(stage -> stage.step().equals(step))
                .mapToLong(stage -> what.applyAsLong(stage.spark()))
                .sum();
    }

    /** Looks at the checkpoints before they are removed. */
    public static final class Watched implements Workload {
        private static final Map<String, Long> CHECKPOINTS = new ConcurrentHashMap<>();

        private final Learning learning = new Learning();

        @Override
        public void prepare(TrialContext trial) throws Exception {
            learning.prepare(trial);
        }

        @Override
        public void run(Iteration iteration) throws Exception {
            learning.run(iteration);
            org.apache.hadoop.fs.Path place = iteration.trial().checkpoint();
            RemoteIterator<LocatedFileStatus> files =
                    iteration.trial().fileSystem(place).listFiles(place, true);
            while (files.hasNext()) {
                LocatedFileStatus file = files.next();
                CHECKPOINTS.put(file.getPath().toString(), file.getLen());
            }
        }

        @Override
        public List<Answer> verify(Iteration iteration) {
            return learning.verify(iteration);
        }
    }

    @Test
    void trainingWritesCheckpointsToTheStorage() throws IOException {
        TrialRun trial = small(new TrialRun(directory, Watched.class))
                .parameter("algorithms", List.of("als"))
                .parameter("checkpointInterval", 2)
                .iterations(0, 1);
        assertThat(answers(trial.run())).allMatch(Answer::matches);
        // The last one of each side; MLlib itself removes those before.
        assertThat(Watched.CHECKPOINTS.entrySet())
                .filteredOn(file -> file.getKey().matches(".*/checkpoint/.*/rdd-\\d+/part-\\d+"))
                .isNotEmpty()
                .allSatisfy(
                        file -> assertThat(file.getValue()).as(file.getKey()).isPositive());
    }

    /** Predictions that were spoilt between the workload and whoever reads them. */
    public static final class Spoilt implements Workload {
        private final Learning learning = new Learning();

        @Override
        public void prepare(TrialContext trial) throws Exception {
            learning.prepare(trial);
        }

        @Override
        public void run(Iteration iteration) throws Exception {
            learning.run(iteration);
            replace(iteration, "kmeans-predictions", "label", "if(label = 3, 4, prediction) as prediction");
            replace(iteration, "als-predictions", "rating", "cast(prediction * 1.5 as float) as prediction");
        }

        private static void replace(Iteration iteration, String name, String... columns) {
            String place = new org.apache.hadoop.fs.Path(iteration.output(), name).toString();
            Dataset<Row> spoilt = iteration.spark().read().parquet(place).selectExpr(columns);
            List<Row> rows = spoilt.collectAsList();
            iteration
                    .spark()
                    .createDataFrame(rows, spoilt.schema())
                    .write()
                    .mode("overwrite")
                    .parquet(place);
        }

        @Override
        public List<Answer> verify(Iteration iteration) {
            return learning.verify(iteration);
        }
    }

    @Test
    void wrongPredictionsAreWrongAnswers() throws IOException {
        TrialRun trial = small(new TrialRun(directory, Spoilt.class))
                .parameter("algorithms", List.of("kmeans", "als"))
                .parameter("checkpointInterval", 2)
                .iterations(0, 1);
        assertThat(answers(trial.run()))
                .filteredOn(answer -> !answer.matches())
                .extracting(Answer::step)
                .containsExactly("kmeans-predict", "als-predict");
    }

    @ParameterizedTest
    @CsvSource({
        "points, 100, a whole number of 10000 to 10000000000",
        "clusters, 1, a whole number of 2 to 1000",
        "clusters, 101, fewer than 100 for each of 101",
        "users, 5, a whole number of 10 to 100000000",
        "users, 2000, 'too few to find 4 factors of 2000 users and 100 items (allowed: 33600 and more)'",
        "iterations, 3, a whole number of 4 to 1000",
        "checkpointInterval, 0, a whole number of 1 to 1000"
    })
    void parametersThatMakeNoSenseAreNamed(String name, int value, String allowed) {
        Map<String, Object> parameters = new HashMap<>(SMALL);
        parameters.put("checkpointInterval", 2);
        parameters.put(name, value);
        assertThatThrownBy(() -> {
                    Clustering.of(new Parameters(parameters));
                    Recommendation.of(new Parameters(parameters));
                })
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(allowed);
    }
}

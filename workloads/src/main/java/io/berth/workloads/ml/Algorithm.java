package io.berth.workloads.ml;

import io.berth.model.results.Answer;
import io.berth.workloads.DataSet;
import io.berth.workloads.TrialContext;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.Model;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** An algorithm of MLlib with data made for it, whose structure is known, so that the model can be judged. */
interface Algorithm {
    /** Of its data on the storage. */
    DataSet dataSet(TrialContext trial);

    /** Makes its data. */
    List<DataSet.Part> make(SparkSession spark, Path directory);

    /** The data as they are on the storage, not read yet. */
    Dataset<Row> open(SparkSession spark, Path directory);

    Model<?> train(Dataset<Row> data);

    /** Reads a model that was saved, whole: nothing of it is left to be read when it is used. */
    Model<?> load(String place);

    /** Gives back what {@link #load} took besides the heap. */
    default void release(Model<?> loaded) {}

    /** What the model says of each row of the data, with what is needed to judge it. */
    Dataset<Row> predict(Model<?> model, Dataset<Row> data);

    /**
     * Judges a model and its predictions.
     *
     * @param label       begins the names of the algorithm's steps
     * @param trained     the model before it was saved
     * @param predictions as they are on the storage
     */
    List<Answer> judge(String label, Model<?> trained, Dataset<Row> predictions);

    /**
     * The answer that a metric is as close to what the data allow as it must be. A metric differs in its last digits from
     * run to run, because sums of floating-point numbers depend on the order of adding; an answer must not.
     *
     * @param tolerance relative to what is expected
     */
    static Answer within(String step, long rows, String metric, double value, double expected, double tolerance) {
        String range = "%s within %.0f %% of %.4f".formatted(metric, tolerance * 100, expected);
        boolean is = Math.abs(value - expected) <= tolerance * expected;
        return new Answer(
                step, rows, is ? range : String.format(Locale.ROOT, "%s %.4f", metric, value), Optional.of(range));
    }
}

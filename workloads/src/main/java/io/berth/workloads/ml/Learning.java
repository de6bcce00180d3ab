package io.berth.workloads.ml;

import io.berth.model.results.Answer;
import io.berth.workloads.Iteration;
import io.berth.workloads.TrialContext;
import io.berth.workloads.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Models of MLlib over their life: load the data into memory, train, save the model, load it again as another application
 * would, and predict from data on the storage to the storage. Of the algorithms only ALS makes checkpoints, because only its
 * lineage grows with every iteration.
 */
public final class Learning implements Workload {
    private static final String KMEANS = "kmeans";
    private static final String ALS = "als";
    static final List<String> KNOWN = List.of(KMEANS, ALS);

    private final Map<String, Model<?>> trained = new LinkedHashMap<>();

    @Override
    public void prepare(TrialContext trial) throws Exception {
        for (Algorithm algorithm : algorithms(trial).values()) {
            algorithm.dataSet(trial).provide(directory -> algorithm.make(trial.spark(), directory));
        }
    }

    @Override
    public void run(Iteration iteration) throws Exception {
        trained.clear();
        iteration
                .spark()
                .sparkContext()
                .setCheckpointDir(iteration.trial().checkpoint().toString());
        for (Map.Entry<String, Algorithm> entry : algorithms(iteration.trial()).entrySet()) {
            run(iteration, entry.getKey(), entry.getValue());
        }
    }

    private void run(Iteration iteration, String label, Algorithm algorithm) throws Exception {
        SparkSession spark = iteration.spark();
        Path data = algorithm.dataSet(iteration.trial()).directory();
        String model = new Path(iteration.output(), label + "-model").toString();
        Dataset<Row> inMemory = algorithm.open(spark, data).cache();
        try {
            iteration.step(label + "-load", step -> inMemory.count());
            iteration.step(label + "-train", step -> trained.put(label, algorithm.train(inMemory)));
        } finally {
            inMemory.unpersist();
        }
        iteration.step(
                label + "-save", step -> ((MLWritable) model(label)).write().save(model));
        Map<String, Model<?>> loaded = new LinkedHashMap<>();
        iteration.step(label + "-reload", step -> loaded.put(label, algorithm.load(model)));
        Model<?> reloaded = Objects.requireNonNull(loaded.get(label));
        try {
            iteration.step(label + "-predict", step -> algorithm
                    .predict(reloaded, algorithm.open(spark, data))
                    .write()
                    .parquet(predictions(iteration, label)));
        } finally {
            algorithm.release(reloaded);
        }
    }

    @Override
    public List<Answer> verify(Iteration iteration) {
        List<Answer> answers = new ArrayList<>();
        algorithms(iteration.trial())
                .forEach((label, algorithm) -> answers.addAll(algorithm.judge(
                        label, model(label), iteration.spark().read().parquet(predictions(iteration, label)))));
        return answers;
    }

    private Model<?> model(String label) {
        Model<?> model = trained.get(label);
        if (model == null) {
            throw new IllegalStateException("no model of " + label + " was trained");
        }
        return model;
    }

    private static String predictions(Iteration iteration, String label) {
        return new Path(iteration.output(), label + "-predictions").toString();
    }

    /** In the order in which they run. */
    private static Map<String, Algorithm> algorithms(TrialContext trial) {
        Map<String, Algorithm> algorithms = new LinkedHashMap<>();
        for (String label : trial.parameters().someOf("algorithms", KNOWN)) {
            algorithms.put(
                    label,
                    label.equals(KMEANS) ? Clustering.of(trial.parameters()) : Recommendation.of(trial.parameters()));
        }
        return algorithms;
    }
}

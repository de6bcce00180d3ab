package io.berth.workloads.ml;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pow;
import static org.apache.spark.sql.functions.sqrt;

import io.berth.model.results.Answer;
import io.berth.model.text.BadInput;
import io.berth.workloads.DataSet;
import io.berth.workloads.Parameters;
import io.berth.workloads.ParquetPart;
import io.berth.workloads.TrialContext;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.recommendation.ALS;
import org.apache.spark.ml.recommendation.ALSModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Alternating least squares over ratings that are products of random factors plus normal noise. The model can explain
 * everything but the noise, so the root of its mean squared error is about the noise's standard deviation. It has about
 * twice as many factors as the data: with equally many, some seeds need dozens of iterations.
 */
record Recommendation(long ratings, int users, int items, int rank, int iterations, int checkpointInterval, long seed)
        implements Algorithm, Serializable {
    /** Some of the noise is fitted, and few iterations don't find the very best factors. */
    private static final double TOLERANCE = 0.25;

    /** Fewer are never enough to come as close as that. */
    private static final int LEAST_ITERATIONS = 4;

    private static final double NOISE_DEVIATION = 0.1;
    private static final double REGULARISATION = 0.001;
    private static final int BYTES_PER_RATING = 12;
    private static final int USER = 0;
    private static final int ITEM = 1;
    private static final int RATING = 2;
    private static final StructType SCHEMA = new StructType()
            .add("user", DataTypes.IntegerType)
            .add("item", DataTypes.IntegerType)
            .add("rating", DataTypes.FloatType);

    static Recommendation of(Parameters parameters) {
        Recommendation recommendation = new Recommendation(
                parameters.wholeNumber("ratings", 10_000, 10_000_000_000L),
                parameters.count("users", 10, 100_000_000),
                parameters.count("items", 10, 10_000_000),
                parameters.count("rank", 1, 100),
                parameters.count("iterations", LEAST_ITERATIONS, 1_000),
                parameters.count("checkpointInterval", 1, 1_000),
                parameters.wholeNumber("seed", Long.MIN_VALUE, Long.MAX_VALUE));
        long unknowns = ((long) recommendation.users + recommendation.items) * recommendation.rank;
        if (recommendation.ratings < 4 * unknowns) {
            throw new BadInput(
                    "parameter \"ratings\" is %d, too few to find %d factors of %d users and %d items (allowed: %d and more)"
                            .formatted(
                                    recommendation.ratings,
                                    recommendation.rank,
                                    recommendation.users,
                                    recommendation.items,
                                    4 * unknowns));
        }
        return recommendation;
    }

    private record Rating(int user, int item, float rating) {}

    @Override
    public DataSet dataSet(TrialContext trial) {
        return new DataSet(
                trial,
                "ratings-%d-%du-%di-r%d-s%d".formatted(ratings, users, items, dataRank(), seed),
                "ratings 1",
                Map.of(
                        "ratings", String.valueOf(ratings),
                        "users", String.valueOf(users),
                        "items", String.valueOf(items),
                        "rank", String.valueOf(dataRank()),
                        "seed", String.valueOf(seed)));
    }

    @Override
    public List<DataSet.Part> make(SparkSession spark, Path directory) {
        return Files.write(
                spark,
                Files.of(ratings, BYTES_PER_RATING),
                directory,
                (range, place, conf) -> ParquetPart.<Rating>write(
                        place, range.name(), parquetSchema(), () -> ratings(range), Recommendation::write, conf));
    }

    private Iterator<Rating> ratings(Files.Range range) {
        Random random = Draws.of(seed, RATING, range.index());
        return LongStream.range(range.from(), range.to())
                .mapToObj(i -> {
                    int user = random.nextInt(users);
                    int item = random.nextInt(items);
                    double[] ofUser = factors(USER, user);
                    double[] ofItem = factors(ITEM, item);
                    double rating = random.nextGaussian() * NOISE_DEVIATION;
                    for (int f = 0; f < dataRank(); f++) {
                        rating += ofUser[f] * ofItem[f];
                    }
                    return new Rating(user, item, (float) rating);
                })
                .iterator();
    }

    /** So that ratings have a variance of about 1. */
    private double[] factors(int kind, int index) {
        return Draws.gaussians(Draws.of(seed, kind, index), dataRank(), Math.pow(dataRank(), -0.25));
    }

    private int dataRank() {
        return (rank + 1) / 2;
    }

    private static MessageType parquetSchema() {
        return Types.buildMessage()
                .required(PrimitiveTypeName.INT32)
                .named("user")
                .required(PrimitiveTypeName.INT32)
                .named("item")
                .required(PrimitiveTypeName.FLOAT)
                .named("rating")
                .named("ratings");
    }

    private static void write(Rating rating, RecordConsumer consumer) {
        consumer.startField("user", 0);
        consumer.addInteger(rating.user());
        consumer.endField("user", 0);
        consumer.startField("item", 1);
        consumer.addInteger(rating.item());
        consumer.endField("item", 1);
        consumer.startField("rating", 2);
        consumer.addFloat(rating.rating());
        consumer.endField("rating", 2);
    }

    @Override
    public Dataset<Row> open(SparkSession spark, Path directory) {
        return spark.read().schema(SCHEMA).parquet(directory.toString());
    }

    @Override
    public Model<?> train(Dataset<Row> data) {
        return new ALS()
                .setRank(rank)
                .setMaxIter(iterations)
                .setRegParam(REGULARISATION)
                .setCheckpointInterval(checkpointInterval)
                .setNumBlocks(data.sparkSession().sparkContext().defaultParallelism())
                .setSeed(seed)
                .fit(data);
    }

    @Override
    public Model<?> load(String place) {
        ALSModel model = ALSModel.load(place);
        // It has only looked at their footers; without this, whoever predicts first would read them.
        for (Dataset<Row> factors : factors(model)) {
            factors.cache().count();
        }
        return model;
    }

    @Override
    public void release(Model<?> loaded) {
        factors((ALSModel) loaded).forEach(Dataset::unpersist);
    }

    private static List<Dataset<Row>> factors(ALSModel model) {
        return List.of(model.userFactors(), model.itemFactors());
    }

    @Override
    public Dataset<Row> predict(Model<?> model, Dataset<Row> data) {
        return model.transform(data).select("rating", "prediction");
    }

    @Override
    public List<Answer> judge(String label, Model<?> trained, Dataset<Row> predictions) {
        Row judged = predictions
                .agg(count(lit(1)), sqrt(avg(pow(col("rating").minus(col("prediction")), lit(2)))))
                .head();
        return List.of(Algorithm.within(
                label + "-predict",
                judged.getLong(0),
                "root mean squared error",
                judged.getDouble(1),
                NOISE_DEVIATION,
                TOLERANCE));
    }
}

package io.berth.workloads.ml;

import static org.apache.spark.ml.functions.array_to_vector;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.lit;

import io.berth.model.results.Answer;
import io.berth.model.text.BadInput;
import io.berth.workloads.Checksum;
import io.berth.workloads.DataSet;
import io.berth.workloads.Parameters;
import io.berth.workloads.ParquetPart;
import io.berth.workloads.TrialContext;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * K-means over points that lie around well separated centres, with a normal distribution of variance 1 in each dimension.
 * So it is known which points belong together, and that the mean squared distance of a point to its centre is about the
 * number of dimensions.
 */
record Clustering(long points, int dimensions, int clusters, long seed) implements Algorithm, Serializable {
    /** The mean of so many squares strays from 1 by a fourth of it at most: four standard deviations at the least size. */
    private static final double TOLERANCE = 0.03;

    private static final double EXTENT = 100;
    private static final int CENTRE = 0;
    private static final int NOISE = 1;
    private static final StructType SCHEMA = new StructType()
            .add("label", DataTypes.IntegerType)
            .add("coordinates", DataTypes.createArrayType(DataTypes.DoubleType));

    static Clustering of(Parameters parameters) {
        Clustering clustering = new Clustering(
                parameters.wholeNumber("points", 10_000, 10_000_000_000L),
                parameters.count("dimensions", 4, 1_000),
                parameters.count("clusters", 2, 1_000),
                parameters.wholeNumber("seed", Long.MIN_VALUE, Long.MAX_VALUE));
        if (clustering.points < 100L * clustering.clusters) {
            throw new BadInput("parameter \"points\" is %d, fewer than 100 for each of %d (parameter \"clusters\")"
                    .formatted(clustering.points, clustering.clusters));
        }
        return clustering;
    }

    private record Point(int label, List<Double> coordinates) {}

    @Override
    public DataSet dataSet(TrialContext trial) {
        return new DataSet(
                trial,
                "points-%d-%dd-%dc-s%d".formatted(points, dimensions, clusters, seed),
                "points 1",
                Map.of(
                        "points", String.valueOf(points),
                        "dimensions", String.valueOf(dimensions),
                        "clusters", String.valueOf(clusters),
                        "seed", String.valueOf(seed)));
    }

    @Override
    public List<DataSet.Part> make(SparkSession spark, Path directory) {
        List<Files.Range> ranges = Files.of(points, (long) dimensions * Double.BYTES);
        return Files.write(
                spark,
                ranges,
                directory,
                (range, place, conf) -> ParquetPart.<Point>write(
                        place, range.name(), parquetSchema(), () -> points(range), Clustering::write, conf));
    }

    private Iterator<Point> points(Files.Range range) {
        double[][] centres = new double[clusters][];
        for (int i = 0; i < clusters; i++) {
            centres[i] =
                    Draws.of(seed, CENTRE, i).doubles(dimensions, 0, EXTENT).toArray();
        }
        Random noise = Draws.of(seed, NOISE, range.index());
        return LongStream.range(range.from(), range.to())
                .mapToObj(i -> {
                    int label = (int) (i % clusters);
                    double[] coordinates = Draws.gaussians(noise, dimensions, 1);
                    for (int d = 0; d < dimensions; d++) {
                        coordinates[d] += centres[label][d];
                    }
                    return new Point(label, Arrays.stream(coordinates).boxed().toList());
                })
                .iterator();
    }

    private static MessageType parquetSchema() {
        return Types.buildMessage()
                .required(PrimitiveTypeName.INT32)
                .named("label")
                .requiredGroup()
                .as(LogicalTypeAnnotation.listType())
                .repeatedGroup()
                .required(PrimitiveTypeName.DOUBLE)
                .named("element")
                .named("list")
                .named("coordinates")
                .named("point");
    }

    private static void write(Point point, RecordConsumer consumer) {
        consumer.startField("label", 0);
        consumer.addInteger(point.label());
        consumer.endField("label", 0);
        consumer.startField("coordinates", 1);
        consumer.startGroup();
        consumer.startField("list", 0);
        for (double coordinate : point.coordinates()) {
            consumer.startGroup();
            consumer.startField("element", 0);
            consumer.addDouble(coordinate);
            consumer.endField("element", 0);
            consumer.endGroup();
        }
        consumer.endField("list", 0);
        consumer.endGroup();
        consumer.endField("coordinates", 1);
    }

    @Override
    public Dataset<Row> open(SparkSession spark, Path directory) {
        return spark.read()
                .schema(SCHEMA)
                .parquet(directory.toString())
                .select(col("label"), array_to_vector(col("coordinates")).as("features"));
    }

    @Override
    public Model<?> train(Dataset<Row> data) {
        return new KMeans().setK(clusters).setSeed(seed).fit(data);
    }

    @Override
    public Model<?> load(String place) {
        return KMeansModel.load(place);
    }

    @Override
    public Dataset<Row> predict(Model<?> model, Dataset<Row> data) {
        return model.transform(data).select("label", "prediction");
    }

    @Override
    public List<Answer> judge(String label, Model<?> trained, Dataset<Row> predictions) {
        double cost = ((KMeansModel) trained).summary().trainingCost() / points;
        Checksum found = Checksum.of(predictions
                .groupBy("label")
                .agg(count(lit(1)), countDistinct("prediction"))
                .collectAsList());
        long apart = predictions.select("prediction").distinct().count();
        Checksum planted = new Checksum();
        for (int i = 0; i < clusters; i++) {
            planted.add(List.of(i, (points - i + clusters - 1) / clusters, 1L));
        }
        return List.of(
                Algorithm.within(label + "-train", points, "mean squared distance", cost, dimensions, TOLERANCE),
                new Answer(
                        label + "-predict",
                        found.rows(),
                        apart + " clusters " + found.hex(),
                        Optional.of(clusters + " clusters " + planted.hex())));
    }
}

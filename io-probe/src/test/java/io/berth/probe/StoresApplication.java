package io.berth.probe;

import io.berth.probe.selftest.DelayedReads;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StorageStatistics;
import org.apache.hadoop.io.NullWritable;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.lib.output.TextOutputFormat;
import org.apache.parquet.hadoop.util.HadoopStreams;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/** Says which implementations Hadoop, Parquet and Spark choose on each store, and then runs the delayed reads. */
public final class StoresApplication {
    private StoresApplication() {}

    /**
     * Runs it.
     *
     * @param arguments how many directories follow, the directories, and the arguments of {@link DelayedReads}, if any
     */
    public static void main(String[] arguments) throws Exception {
        int directories = Integer.parseInt(arguments[0]);
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            for (String directory : Arrays.asList(arguments).subList(1, 1 + directories)) {
                System.out.println("answer: choices on "
                        + new Path(directory).toUri().getScheme() + ": " + choices(spark, directory));
            }
            // Without the probe there is no class of its own.
            if (arguments.length > 1 + directories) {
                spark.sparkContext().listenerBus().waitUntilEmpty(60_000);
                System.out.println("answer: operations on s3a: " + Operations.on("s3a"));
            }
        }
        if (arguments.length > 1 + directories) {
            DelayedReads.main(Arrays.copyOfRange(arguments, 1 + directories, arguments.length));
        }
    }

    /** What the probe has seen so far. */
    private static final class Operations {
        private Operations() {}

        static String on(String scheme) throws InterruptedException {
            IoProbe probe = IoProbe.current().orElseThrow();
            probe.awaitReports(Duration.ofSeconds(10));
            return probe.histograms().stream()
                    .filter(histogram -> histogram.scheme().equals(scheme))
                    .map(histogram -> histogram.operation().label())
                    .distinct()
                    .sorted()
                    .collect(Collectors.joining(","));
        }
    }

    private static String choices(SparkSession spark, String directory) throws Exception {
        Configuration conf = spark.sparkContext().hadoopConfiguration();
        String table = directory + "/table";
        spark.range(0, 1000, 1, 2)
                .selectExpr("id", "id % 2 as part")
                .write()
                .mode(SaveMode.Overwrite)
                .partitionBy("part")
                .parquet(table);
        Dataset<Row> read = spark.read().parquet(table).where("part = 1 and id > 10");
        long rows = read.count();
        FileSystem fileSystem = new Path(table).getFileSystem(conf);
        FileStatus file = Arrays.stream(fileSystem.listStatus(new Path(table, "part=1")))
                .filter(FileStatus::isFile)
                .findFirst()
                .orElseThrow();
        try (FSDataInputStream in = fileSystem.open(file.getPath())) {
            return List.of(
                            "rows " + rows,
                            "file system " + fileSystem.getClass().getName(),
                            "stream " + in.getWrappedStream().getClass().getName(),
                            "reader " + HadoopStreams.wrap(in).getClass().getName(),
                            "listings " + listings(fileSystem),
                            "committer " + committer(spark, directory + "/lines", fileSystem),
                            "plan " + plan(read))
                    .stream()
                    .collect(Collectors.joining("; "));
        }
    }

    /** How HDFS has been listed so far; other stores don't say. */
    private static String listings(FileSystem fileSystem) {
        if (!fileSystem.getScheme().equals("hdfs")) {
            return "not counted";
        }
        StorageStatistics statistics = FileSystem.getGlobalStorageStatistics().get("DFSOpsCountStatistics");
        return "located %d, plain %d"
                .formatted(statistics.getLong("op_list_located_status"), statistics.getLong("op_list_status"));
    }

    /** Writes with whatever committer Hadoop chooses for the store, and reads its name in what it leaves behind. */
    private static String committer(SparkSession spark, String directory, FileSystem fileSystem) throws IOException {
        Job job = Job.getInstance(spark.sparkContext().hadoopConfiguration());
        JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(List.of("one", "two"), 2)
                .mapToPair(line -> new Tuple2<>(NullWritable.get(), new Text(line)))
                .saveAsNewAPIHadoopFile(
                        directory, NullWritable.class, Text.class, TextOutputFormat.class, job.getConfiguration());
        try (FSDataInputStream in = fileSystem.open(new Path(directory, "_SUCCESS"))) {
            String success = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            return success.isEmpty() ? "file" : success.replaceAll("(?s).*\"committer\" *: *\"(\\w+)\".*", "$1");
        }
    }

    private static String plan(Dataset<Row> read) {
        return read.queryExecution()
                .executedPlan()
                .toString()
                .replaceAll("#\\d+L?", "#")
                .replaceAll("\\s+", " ");
    }
}

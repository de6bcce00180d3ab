package io.berth.probe;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** Spark applications that know nothing of berth, each started in a JVM of its own with the probe or without it. */
final class PlainApplication {
    private PlainApplication() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        try (SparkSession spark = SparkSession.builder().appName(arguments[0]).getOrCreate()) {
            for (String part : arguments[0].split(",", -1)) {
                Path own = Files.createDirectories(directory.resolve(part));
                String answer =
                        switch (part) {
                            case "write-and-read" -> writeAndRead(spark, own);
                            case "fail" -> fail(spark, own);
                            case "cancel" -> cancel(spark, own);
                            default -> throw new IllegalArgumentException(part);
                        };
                System.out.println("answer: " + part + ": " + answer);
            }
        }
    }

    private static String writeAndRead(SparkSession spark, Path directory) {
        String table = directory.resolve("table").toString();
        spark.range(0, 200_000, 1, 4)
                .selectExpr("id", "uuid() as name")
                .write()
                .mode(SaveMode.Overwrite)
                .parquet(table);
        return spark.read()
                .parquet(table)
                .selectExpr("sum(id)", "count(distinct name)")
                .first()
                .toString();
    }

    /** Every first attempt reads and then fails. */
    private static String fail(SparkSession spark, Path directory) {
        String text = directory.resolve("text").toString();
        spark.range(0, 1000, 1, 2).selectExpr("cast(id as string)").write().text(text);
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        return context.textFile(text, 2)
                        .mapPartitions(lines -> {
                            lines.next();
                            if (TaskContext.get().attemptNumber() == 0) {
                                throw new IllegalStateException("first attempt");
                            }
                            return lines;
                        })
                        .count()
                + " lines";
    }

    /** A job is cancelled while its tasks read. */
    private static String cancel(SparkSession spark, Path directory) throws Exception {
        String text = directory.resolve("text").toString();
        spark.range(0, 1000, 1, 2).selectExpr("cast(id as string)").write().text(text);
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        var job = context.textFile(text, 2)
                .map(line -> {
                    TimeUnit.MILLISECONDS.sleep(100);
                    return line;
                })
                .countAsync();
        while (Arrays.stream(context.statusTracker().getActiveStageIds())
                .noneMatch(stage -> Optional.ofNullable(context.statusTracker().getStageInfo(stage))
                        .filter(info -> info.numActiveTasks() == 2)
                        .isPresent())) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        TimeUnit.SECONDS.sleep(1);
        job.cancel(true);
        return context.textFile(text, 2).count() + " lines";
    }
}

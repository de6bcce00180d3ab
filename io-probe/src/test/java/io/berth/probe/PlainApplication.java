package io.berth.probe;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.spark.HashPartitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;

/** Spark applications that know nothing of berth, each started in a JVM of its own with the probe or without it. */
public final class PlainApplication {
    private static final String STATE = "org.apache.spark.sql.execution.streaming.state.";

    private PlainApplication() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        SparkTotals totals = new SparkTotals();
        try (SparkSession spark = SparkSession.builder().appName(arguments[0]).getOrCreate()) {
            spark.sparkContext().addSparkListener(totals);
            for (String part : arguments[0].split(",", -1)) {
                Path own = Files.createDirectories(directory.resolve(part));
                String answer =
                        switch (part) {
                            case "write-and-read" -> writeAndRead(spark, own);
                            case "save-and-list" -> saveAndList(spark, own);
                            case "fail" -> fail(spark, own);
                            case "cancel" -> cancel(spark, own);
                            case "throw" -> thrown(spark, own);
                            case "kill" -> kill(spark, own);
                            case "halt" -> halt(spark, own);
                            case "speculate" -> speculate(spark, own);
                            case "burn" -> burn(spark, own);
                            case "sort" -> sort(spark);
                            case "sort-pairs" -> sortPairs(spark);
                            case "group-pairs" -> groupPairs(spark);
                            case "few-partitions" -> fewPartitions(spark);
                            case "checkpoint" -> checkpoint(spark, own);
                            case "stream" -> stream(spark, own, STATE + "HDFSBackedStateStoreProvider");
                            case "stream-rocksdb" -> stream(spark, own, STATE + "RocksDBStateStoreProvider");
                            default -> throw new IllegalArgumentException(part);
                        };
                System.out.println("answer: " + part + ": " + answer);
            }
        }
        System.out.println("answer: spilled: " + totals.spilledBytes);
        System.out.println("answer: shuffle read: " + totals.shuffleReadBytes);
        System.out.println("answer: shuffle read remotely: " + totals.remoteReadBytes);
        System.out.println("answer: shuffle written without spills: " + totals.shuffleWriteBytes);
        System.out.println("answer: fetch wait ms: " + totals.fetchWaitMillis);
    }

    /** What Spark says itself, as far as it knows. */
    private static final class SparkTotals extends SparkListener {
        private long spilledBytes;
        private long shuffleReadBytes;
        private long remoteReadBytes;
        private long shuffleWriteBytes;
        private long fetchWaitMillis;

        @Override
        public void onTaskEnd(SparkListenerTaskEnd event) {
            spilledBytes += event.taskMetrics().diskBytesSpilled();
            shuffleReadBytes += event.taskMetrics().shuffleReadMetrics().localBytesRead();
            remoteReadBytes += event.taskMetrics().shuffleReadMetrics().remoteBytesRead();
            if (event.taskMetrics().diskBytesSpilled() == 0) {
                shuffleWriteBytes += event.taskMetrics().shuffleWriteMetrics().bytesWritten();
            }
            fetchWaitMillis += event.taskMetrics().shuffleReadMetrics().fetchWaitTime();
        }
    }

    private static String writeAndRead(SparkSession spark, Path directory) {
        String table = directory.resolve("table").toString();
        spark.range(0, 50_000, 1, 4)
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

    /** Without SQL, and what SQL does before it runs: no thread of the driver carries a property of Spark's. */
    private static String saveAndList(SparkSession spark, Path directory) {
        String text = directory.resolve("text").toString();
        JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(List.of("one", "two"), 2)
                .saveAsTextFile(text);
        return String.join(",", spark.read().text(text).columns());
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

    /** Every second read is of nothing that is there. */
    private static String thrown(SparkSession spark, Path directory) throws Exception {
        byte[] piece = new byte[4096];
        String file = Files.write(directory.resolve("data"), piece).toUri().toString();
        SerializableConfiguration conf =
                new SerializableConfiguration(spark.sparkContext().hadoopConfiguration());
        return JavaSparkContext.fromSparkContext(spark.sparkContext())
                        .parallelize(List.of(40), 1)
                        .map(reads -> {
                            org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(file);
                            FileSystem fileSystem = path.getFileSystem(conf.value());
                            int thrown = 0;
                            try (FSDataInputStream in = ((LocalFileSystem) fileSystem)
                                    .getRawFileSystem()
                                    .open(path, 512)) {
                                for (int read = 0; read < reads; read++) {
                                    try {
                                        in.read(0, new byte[4096], 0, read % 2 == 0 ? 4096 : 4097);
                                    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
                                        thrown++;
                                    }
                                }
                            }
                            return thrown;
                        })
                        .collect()
                        .get(0)
                + " thrown";
    }

    /** A task is killed inside of a read that would never end. */
    private static String kill(SparkSession spark, Path directory) throws Exception {
        Files.write(directory.resolve("data"), new byte[1]);
        spark.sparkContext().hadoopConfiguration().set("fs.stuck.impl", StuckFileSystem.class.getName());
        SerializableConfiguration conf =
                new SerializableConfiguration(spark.sparkContext().hadoopConfiguration());
        String stuck = "stuck://" + directory.resolve("data");
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        // Without interrupts the task would have to wait for its read.
        context.setJobGroup("stuck", "a job to be killed", true);
        var job = context.parallelize(List.of(0), 1)
                .map(number -> {
                    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(stuck);
                    try (FSDataInputStream in = path.getFileSystem(conf.value()).open(path)) {
                        return in.read(new byte[1]);
                    }
                })
                .collectAsync();
        StuckFileSystem.READING.acquire();
        TimeUnit.MILLISECONDS.sleep(500);
        context.cancelJobGroup("stuck");
        context.clearJobGroup();
        try {
            job.get();
            return "not killed";
        } catch (ExecutionException e) {
            return context.parallelize(List.of(1, 2, 3), 1).count() + " counted";
        }
    }

    /** The first attempt takes its executor with it. */
    private static String halt(SparkSession spark, Path directory) {
        String text = directory.resolve("text").toString();
        spark.range(0, 1000, 1, 1).selectExpr("cast(id as string)").write().text(text);
        return JavaSparkContext.fromSparkContext(spark.sparkContext())
                        .textFile(text, 1)
                        .mapPartitions(lines -> {
                            lines.next();
                            if (TaskContext.get().attemptNumber() == 0) {
                                Runtime.getRuntime().halt(1);
                            }
                            return lines;
                        })
                        .count()
                + " lines";
    }

    /** The first attempt at the first partition reads and then hangs, until Spark kills it because its copy was faster. */
    private static String speculate(SparkSession spark, Path directory) throws InterruptedException {
        CountDownLatch killed = new CountDownLatch(1);
        spark.sparkContext().addSparkListener(new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd event) {
                if (event.taskInfo().killed()) {
                    killed.countDown();
                }
            }
        });
        String text = directory.resolve("text").toString();
        spark.range(0, 1000, 1, 4).selectExpr("cast(id as string)").write().text(text);
        long lines = JavaSparkContext.fromSparkContext(spark.sparkContext())
                .textFile(text, 4)
                .mapPartitions(it -> {
                    it.next();
                    if (TaskContext.getPartitionId() == 0 && TaskContext.get().attemptNumber() == 0) {
                        TimeUnit.MINUTES.sleep(10);
                    }
                    return it;
                })
                .count();
        // The job is done before the slower copy has heard of it.
        killed.await();
        return lines + " lines";
    }

    private static String sort(SparkSession spark) {
        spark.range(0, 60_000, 1, 2)
                .selectExpr("id", "uuid() as name")
                .repartition(3)
                .sortWithinPartitions("name")
                .write()
                .format("noop")
                .mode(SaveMode.Overwrite)
                .save();
        return "sorted";
    }

    private static String sortPairs(SparkSession spark) {
        return JavaSparkContext.fromSparkContext(spark.sparkContext())
                        .parallelize(IntStream.range(0, 20_000).boxed().toList(), 2)
                        .mapToPair(number -> new Tuple2<>(Integer.reverse(number), "value of " + number))
                        .repartitionAndSortWithinPartitions(new HashPartitioner(2))
                        .count()
                + " pairs";
    }

    /** More of each task than it may keep in memory, so that an {@code ExternalAppendOnlyMap} spills. */
    private static String groupPairs(SparkSession spark) {
        return JavaSparkContext.fromSparkContext(spark.sparkContext())
                        .parallelize(IntStream.range(0, 20_000).boxed().toList(), 2)
                        .mapToPair(number -> new Tuple2<>(Integer.reverse(number), "value of " + number))
                        .groupByKey(new HashPartitioner(2))
                        .count()
                + " groups";
    }

    /** So few that their files are only put one after the other. */
    private static String fewPartitions(SparkSession spark) {
        return JavaSparkContext.fromSparkContext(spark.sparkContext())
                        .parallelize(IntStream.range(0, 20_000).boxed().toList(), 2)
                        .keyBy(number -> number)
                        .partitionBy(new HashPartitioner(1))
                        .count()
                + " numbers";
    }

    private static String checkpoint(SparkSession spark, Path directory) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        context.setCheckpointDir(directory.toString());
        JavaRDD<String> lines = context.parallelize(
                        IntStream.range(0, 20_000).boxed().toList(), 2)
                .map(number -> "line " + number);
        lines.checkpoint();
        return lines.count() + " lines";
    }

    private static String stream(SparkSession spark, Path directory, String stateStore) throws Exception {
        String input = directory.resolve("input").toString();
        spark.range(0, 10_000, 1, 3)
                .selectExpr("cast(id as string) as value")
                .write()
                .text(input);
        spark.conf().set("spark.sql.streaming.stateStore.providerClass", stateStore);
        DataStreamWriter<Row> writer = spark.readStream()
                .option("maxFilesPerTrigger", 1)
                .text(input)
                .groupBy(functions.expr("cast(value as int) % 100"))
                .count()
                .writeStream()
                .outputMode("update")
                .format("noop")
                .option("checkpointLocation", directory.resolve("checkpoint").toString())
                .trigger(Trigger.AvailableNow());
        (stateStore.contains("RocksDB") ? RocksDbStream.start(writer) : writer.start()).awaitTermination();
        return "streamed";
    }

    /** Four tasks that hash what they read, again and again. */
    private static String burn(SparkSession spark, Path directory) {
        String uri = directory.toUri().toString();
        SerializableConfiguration conf =
                new SerializableConfiguration(spark.sparkContext().hadoopConfiguration());
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        return context.parallelize(List.of(0, 1, 2, 3), 4)
                .map(task -> {
                    org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(uri, "file-" + task);
                    FileSystem fileSystem = file.getFileSystem(conf.value());
                    try (FSDataOutputStream out = fileSystem.create(file)) {
                        out.write(new byte[1 << 20]);
                    }
                    MessageDigest digest = MessageDigest.getInstance("SHA-256");
                    byte[] piece = new byte[64 << 10];
                    for (int round = 0; round < 100; round++) {
                        try (FSDataInputStream in = fileSystem.open(file)) {
                            for (int read = in.read(piece); read > 0; read = in.read(piece)) {
                                digest.update(piece, 0, read);
                            }
                        }
                    }
                    return digest.digest().length;
                })
                .collect()
                .toString();
    }
}

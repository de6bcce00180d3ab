package io.berth.probe;

import java.io.EOFException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;

/** Reads a file by stages of ever slower reads, and says what the reads took as seen from around and from inside. */
public final class DelayedApplication {
    static final List<Integer> DELAYS_MILLIS = List.of(0, 2, 5, 10, 20, 0, 2, 5, 10, 20);
    static final int READS = 40;
    private static final int PIECE = 4096;

    private DelayedApplication() {}

    public static void main(String[] arguments) throws Exception {
        String uri = arguments[0];
        try (JavaSparkContext spark = new JavaSparkContext()) {
            SerializableConfiguration conf = new SerializableConfiguration(spark.hadoopConfiguration());
            Path path = new Path(uri);
            FileSystem fileSystem = raw(path, conf.value());
            try (FSDataOutputStream out = fileSystem.create(path, true)) {
                out.write(new byte[READS * PIECE]);
            }
            // Classes are loaded and connections made before the first stage that counts.
            stage(spark, conf, uri);
            Delay.sleptNanos();
            for (int i = 0; i < DELAYS_MILLIS.size(); i++) {
                Delay.set(DELAYS_MILLIS.get(i) * 1_000_000L);
                long aroundNanos = stage(spark, conf, uri);
                Delay.set(0);
                System.out.println("answer: around " + i + ": " + aroundNanos);
                System.out.println("answer: inside " + i + ": " + Delay.sleptNanos());
            }
            System.out.println("answer: thrown: " + thrown(spark, conf, uri));
        }
    }

    private static long stage(JavaSparkContext spark, SerializableConfiguration conf, String uri) {
        return spark.parallelize(List.of(0), 1)
                .map(number -> {
                    Path path = new Path(uri);
                    byte[] piece = new byte[PIECE];
                    long aroundNanos = 0;
                    try (FSDataInputStream in = raw(path, conf.value()).open(path, 512)) {
                        for (int read = 0; read < READS; read++) {
                            long started = System.nanoTime();
                            in.readFully(piece);
                            aroundNanos += System.nanoTime() - started;
                        }
                    }
                    return aroundNanos;
                })
                .collect()
                .get(0);
    }

    /** Every second read is of nothing that is there. */
    private static int thrown(JavaSparkContext spark, SerializableConfiguration conf, String uri) {
        return spark.parallelize(List.of(0), 1)
                .map(number -> {
                    Path path = new Path(uri);
                    int thrown = 0;
                    try (FSDataInputStream in = raw(path, conf.value()).open(path, 512)) {
                        for (int read = 0; read < READS; read++) {
                            try {
                                in.read(0, new byte[PIECE], 0, read % 2 == 0 ? PIECE : PIECE + 1);
                            } catch (IndexOutOfBoundsException | IllegalArgumentException | EOFException e) {
                                thrown++;
                            }
                        }
                    }
                    return thrown;
                })
                .collect()
                .get(0);
    }

    /** Without checksum files, so that a read of the application is a read of the storage. */
    private static FileSystem raw(Path path, Configuration conf) throws java.io.IOException {
        FileSystem fileSystem = path.getFileSystem(conf);
        return fileSystem instanceof LocalFileSystem local ? local.getRawFileSystem() : fileSystem;
    }
}

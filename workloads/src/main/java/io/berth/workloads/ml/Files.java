package io.berth.workloads.ml;

import io.berth.workloads.DataSet;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/** How rows are cut into files: by their number alone, never by how parallel they are made. */
final class Files {
    private static final int LEAST = 2;
    private static final long BYTES = 32L << 20;

    private Files() {}

    /**
     * A file.
     *
     * @param index of the file
     * @param from  its first row
     * @param to    the row after its last
     */
    record Range(int index, long from, long to) implements Serializable {
        String name() {
            return "part-%05d.parquet".formatted(index);
        }
    }

    /** Writes one file. */
    @FunctionalInterface
    interface Writer extends Serializable {
        DataSet.Part write(Range range, Path directory, Configuration conf) throws IOException;
    }

    static List<Range> of(long rows, long bytesPerRow) {
        int count = (int) Math.max(LEAST, Math.ceil((double) rows * bytesPerRow / BYTES));
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ranges.add(new Range(i, rows * i / count, rows * (i + 1) / count));
        }
        return ranges;
    }

    /** Writes every file, one task for each. */
    static List<DataSet.Part> write(SparkSession spark, List<Range> ranges, Path directory, Writer writer) {
        JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
        SerializableConfiguration conf = new SerializableConfiguration(context.hadoopConfiguration());
        String place = directory.toString();
        return context.parallelize(ranges, ranges.size())
                .map(range -> writer.write(range, new Path(place), conf.value()))
                .collect();
    }
}

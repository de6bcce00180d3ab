package io.berth.workloads.sql;

import io.berth.workloads.DataSet;
import io.berth.workloads.TrialContext;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/** TPC-H's tables as Parquet, made inside Spark tasks. */
final class TpchData {
    /** The version changes whenever the bytes do: types, files per table, row groups, text pool, library. */
    private static final String GENERATOR = "io.trino.tpch 1.1, berth 1";

    private TpchData() {}

    static DataSet dataSet(TrialContext trial, double scaleFactor) {
        String scale = label(scaleFactor);
        return new DataSet(trial, "tpch-sf" + scale + "-parquet", GENERATOR, Map.of("scaleFactor", scale));
    }

    /** The shortest decimal form: {@code 0.05}, {@code 1}, {@code 100}. */
    static String label(double scaleFactor) {
        return BigDecimal.valueOf(scaleFactor).stripTrailingZeros().toPlainString();
    }

    /** Writes every file of every table, one task for each. */
    static List<DataSet.Part> make(SparkSession spark, Path directory, double scaleFactor) {
        List<TableFile> files = new ArrayList<>();
        for (Table table : Table.values()) {
            for (int i = 0; i < table.files(scaleFactor); i++) {
                files.add(new TableFile(table, i));
            }
        }
        // Long tasks first, so that no slot waits for a last one.
        files.sort(Comparator.comparingDouble((TableFile file) -> -file.table().rowsPerFile(scaleFactor)));
        JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
        SerializableConfiguration conf = new SerializableConfiguration(context.hadoopConfiguration());
        String place = directory.toString();
        return context.parallelize(files, files.size())
                .map(file -> file.write(new Path(place), scaleFactor, conf.value()))
                .collect();
    }
}

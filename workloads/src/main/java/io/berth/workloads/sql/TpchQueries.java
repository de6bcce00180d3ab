package io.berth.workloads.sql;

import io.berth.model.results.Answer;
import io.berth.workloads.Checksum;
import io.berth.workloads.DataSet;
import io.berth.workloads.Iteration;
import io.berth.workloads.TrialContext;
import io.berth.workloads.Workload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * Queries derived from TPC-H's over Parquet, one step each, and one step that writes. The first step lists the tables'
 * files, as every session that knows them by path must.
 *
 * <p>Not comparable to published TPC-H results: neither the rules of execution nor the power and throughput tests are
 * followed.
 */
public final class TpchQueries implements Workload {
    /** In the order of execution. */
    static final List<String> KNOWN =
            List.of("q01", "q03", "q04", "q05", "q06", "q09", "q12", "q14", "q18", "q19", "q21", TpchQueries.WRITE);

    /** Writes a part of lineitem back, in directories by return flag. */
    static final String WRITE = "write";

    private static final String LIST = "list";
    private static final double LEAST_SCALE_FACTOR = 0.01;
    private static final double MOST_SCALE_FACTOR = 10_000;

    private final Map<String, List<Row>> results = new LinkedHashMap<>();

    @Override
    public void prepare(TrialContext trial) throws Exception {
        double scaleFactor = scaleFactor(trial);
        queries(trial);
        dataSet(trial).provide(directory -> TpchData.make(trial.spark(), directory, scaleFactor));
    }

    @Override
    public void run(Iteration iteration) throws Exception {
        results.clear();
        SparkSession spark = iteration.spark();
        Path tables = dataSet(iteration.trial()).directory();
        iteration.step(LIST, step -> openTables(spark, tables));
        for (String query : queries(iteration.trial())) {
            String text = text(query);
            iteration.step(query, step -> {
                if (query.equals(WRITE)) {
                    spark.sql(text)
                            .write()
                            .mode(SaveMode.ErrorIfExists)
                            .partitionBy("l_returnflag")
                            .parquet(written(iteration).toString());
                } else {
                    results.put(query, spark.sql(text).collectAsList());
                }
            });
        }
    }

    /** Makes the tables known to a session by their names; this lists their files. */
    static void openTables(SparkSession spark, Path tables) {
        for (Table table : Table.values()) {
            spark.read()
                    .schema(table.sparkSchema())
                    .parquet(new Path(tables, table.label()).toString())
                    .createOrReplaceTempView(table.label());
        }
    }

    @Override
    public List<Answer> verify(Iteration iteration) throws Exception {
        if (queries(iteration.trial()).contains(WRITE)) {
            iteration.spark().read().parquet(written(iteration).toString()).createOrReplaceTempView("written");
            results.put(WRITE, iteration.spark().sql(text("written")).collectAsList());
        }
        ExpectedAnswers expected = ExpectedAnswers.committed();
        List<Answer> answers = new ArrayList<>();
        results.forEach((query, rows) -> {
            Checksum checksum = Checksum.of(rows);
            answers.add(new Answer(
                    query, checksum.rows(), checksum.hex(), expected.checksum(scaleFactor(iteration.trial()), query)));
        });
        return answers;
    }

    private static Path written(Iteration iteration) {
        return new Path(iteration.output(), "returns");
    }

    private static double scaleFactor(TrialContext trial) {
        return trial.parameters().number("scaleFactor", LEAST_SCALE_FACTOR, MOST_SCALE_FACTOR);
    }

    private static List<String> queries(TrialContext trial) {
        return trial.parameters().someOf("queries", KNOWN);
    }

    private static DataSet dataSet(TrialContext trial) {
        return TpchData.dataSet(trial, scaleFactor(trial));
    }

    static String text(String query) throws IOException {
        try (InputStream in = TpchQueries.class.getResourceAsStream(query + ".sql")) {
            if (in == null) {
                throw new IllegalStateException(query + ".sql is missing in the application's jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

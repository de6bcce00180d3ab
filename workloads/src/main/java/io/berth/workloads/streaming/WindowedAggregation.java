package io.berth.workloads.streaming;

import io.berth.model.results.Answer;
import io.berth.workloads.Checksum;
import io.berth.workloads.Iteration;
import io.berth.workloads.TrialContext;
import io.berth.workloads.Workload;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.streaming.StreamingQuery;

/**
 * A streaming query with state, checkpoint and file sink, fed by a source that doesn't wait for it. The source's schedule is
 * a floor of the elapsed time; what a storage costs is told by the latencies and by the time that the query needs after the
 * last value was due. Micro-batches follow each other without a pause, so a slow storage has fewer and larger ones.
 */
public final class WindowedAggregation implements Workload {
    private static final String STREAM = "stream";

    @Override
    public void prepare(TrialContext trial) {
        // There is no data set: the source computes its values. But a wrong parameter is better found now.
        WindowedQuery.of(trial.parameters());
    }

    @Override
    public void run(Iteration iteration) throws Exception {
        WindowedQuery windowed = WindowedQuery.of(iteration.trial().parameters());
        Path checkpoint = new Path(iteration.trial().checkpoint(), "iteration-" + iteration.index());
        iteration.step(STREAM, step -> {
            StreamingQuery query = windowed.start(iteration.spark(), sink(iteration), checkpoint);
            try {
                windowed.awaitAll(query);
            } finally {
                query.stop();
            }
            new BatchCosts(
                            windowed,
                            query.recentProgress(),
                            iteration.spark().sparkContext().defaultParallelism())
                    .details()
                    .forEach(step::detail);
        });
    }

    @Override
    public List<Answer> verify(Iteration iteration) {
        WindowedQuery windowed = WindowedQuery.of(iteration.trial().parameters());
        Checksum written = windowed.written(iteration.spark(), sink(iteration));
        return List.of(new Answer(
                STREAM,
                written.rows(),
                written.hex(),
                Optional.of(windowed.windows().expected().hex())));
    }

    private static Path sink(Iteration iteration) {
        return new Path(iteration.output(), "windows");
    }
}

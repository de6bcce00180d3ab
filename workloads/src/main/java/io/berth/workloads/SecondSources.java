package io.berth.workloads;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.results.Counter;
import io.berth.model.text.Formats;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Spark's streaming queries and Hadoop's committers say themselves of their storage calls, so that it can be held
 * against what the I/O probe says.
 */
final class SecondSources extends StreamingQueryListener {
    private static final long serialVersionUID = 1;
    private static final Logger LOG = LoggerFactory.getLogger(SecondSources.class);
    private static final String SUCCESS = "_SUCCESS";
    /** Committers write where a job writes, which is the output of an iteration or a directory or two below. */
    private static final List<String> PLACES = List.of(SUCCESS, "*/" + SUCCESS, "*/*/" + SUCCESS);

    private final Map<String, Long> durations = new TreeMap<>();
    private final Map<String, Long> state = new TreeMap<>();

    @Override
    public void onQueryStarted(QueryStartedEvent event) {}

    @Override
    public void onQueryTerminated(QueryTerminatedEvent event) {}

    @Override
    public synchronized void onQueryProgress(QueryProgressEvent event) {
        event.progress().durationMs().forEach((phase, millis) -> durations.merge(phase + "Millis", millis, Long::sum));
        for (StateOperatorProgress operator : event.progress().stateOperators()) {
            state.merge("commitTimeMillis", operator.commitTimeMs(), Long::sum);
            operator.customMetrics().forEach((metric, value) -> state.merge(metric, value, Long::sum));
        }
    }

    /** What was said since the last call of this, and what the jobs that wrote to a directory left there. */
    synchronized List<Counter> take(FileSystem files, Path output) {
        List<Counter> counters = new ArrayList<>();
        durations.forEach((phase, millis) -> counters.add(new Counter("streaming", phase, millis)));
        state.forEach((metric, value) -> counters.add(new Counter("state", metric, value)));
        durations.clear();
        state.clear();
        committed(files, output).forEach((name, value) -> counters.add(new Counter("committer", name, value)));
        counters.removeIf(counter -> counter.value() == 0);
        return counters;
    }

    /** The sums of the counters in {@code _SUCCESS} files; the classic committer leaves empty ones. */
    private static Map<String, Long> committed(FileSystem files, Path output) {
        Map<String, Long> sums = new TreeMap<>();
        try {
            for (String place : PLACES) {
                FileStatus[] found = files.globStatus(new Path(output, place));
                for (FileStatus file : found == null ? new FileStatus[0] : found) {
                    if (file.getLen() > 0) {
                        try (FSDataInputStream in = files.open(file.getPath())) {
                            JsonNode counted =
                                    Formats.json().readTree(in.readAllBytes()).at("/iostatistics/counters");
                            counted.properties()
                                    .forEach(each -> sums.merge(
                                            each.getKey(), each.getValue().asLong(), Long::sum));
                        }
                    }
                }
            }
        } catch (IOException e) {
            LOG.warn("What committers left in {} can't be read", output, e);
        }
        return sums;
    }
}

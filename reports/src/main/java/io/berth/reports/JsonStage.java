package io.berth.reports;

import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.reports.stages.IoBound;
import io.berth.reports.stages.Latencies;
import io.berth.reports.stages.ProbedStage;
import io.berth.reports.stages.StageOnProfile;
import io.berth.reports.stages.StageReport;
import io.berth.reports.stages.TimeSplit;
import io.berth.reports.statistics.Interval;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/** A stage of a cell for machines. */
record JsonStage(
        String step,
        int ordinal,
        String fingerprint,
        String operator,
        boolean inIoBoundSet,
        double elapsed,
        Optional<Interval> elapsedRange,
        double tasks,
        double lostTasks,
        double taskSeconds,
        Map<String, Double> split,
        double inputBytes,
        double outputBytes,
        double shuffleBytes,
        double spilledBytes,
        Optional<Double> bytesPerSecond,
        Optional<JsonProbed> probe) {

    /** The stages that a profile has. */
    static List<JsonStage> of(List<StageReport> stages, String profile) {
        return stages.stream()
                .flatMap(stage -> stage.on(profile).map(on -> of(stage, on)).stream())
                .toList();
    }

    private static JsonStage of(StageReport stage, StageOnProfile on) {
        return new JsonStage(
                stage.key().step(),
                stage.key().ordinal(),
                stage.key().fingerprint(),
                stage.operator(),
                stage.inIoBoundSet(),
                on.seconds().median(),
                on.seconds().range(),
                on.tasks(),
                on.lostTasks(),
                on.split().totalNanos() / 1e9,
                split(on.split()),
                on.inputBytes(),
                on.outputBytes(),
                on.shuffleBytes(),
                on.spilledBytes(),
                on.bytesPerSecond(),
                on.probed().map(JsonProbed::of));
    }

    private static Map<String, Double> split(TimeSplit split) {
        Map<String, Double> seconds = new LinkedHashMap<>();
        split.parts().forEach((part, nanos) -> seconds.put(part.label(), nanos / 1e9));
        return seconds;
    }

    record JsonProbed(
            double ioShare,
            double blockedFraction,
            Optional<Double> replayBound,
            String classification,
            boolean runQueueMeasured,
            Optional<Double> readBytesPerSecond,
            Optional<Double> writeBytesPerSecond,
            List<JsonCosts> costs) {
        static JsonProbed of(ProbedStage probed) {
            return new JsonProbed(
                    probed.ioShare(),
                    probed.blockedFraction(),
                    probed.replayBound(),
                    name(probed.classification()),
                    probed.runQueueMeasured(),
                    probed.readBytesPerSecond(),
                    probed.writeBytesPerSecond(),
                    probed.costs().entrySet().stream()
                            .map(it -> JsonCosts.of(it.getKey(), it.getValue()))
                            .toList());
        }

        private static String name(IoBound classification) {
            return classification.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    record JsonCosts(String category, long calls, double seconds, long bytes) {
        static JsonCosts of(IoCategory category, IoCost cost) {
            return new JsonCosts(category.label(), cost.calls(), cost.nanos() / 1e9, cost.bytes());
        }
    }

    /** Latencies of one operation on one kind of file system, in seconds. */
    record JsonLatency(
            String operation, String scheme, long calls, double p50, double p90, double p99, double p999, double max) {
        /** Those that a profile has. */
        static List<JsonLatency> of(Latencies latencies, String profile) {
            return latencies.operations().stream()
                    .flatMap(operation -> operation.on(profile).map(it -> of(operation, it)).stream())
                    .toList();
        }

        private static JsonLatency of(Latencies.Operation operation, Histogram histogram) {
            return new JsonLatency(
                    operation.category().label(),
                    operation.scheme(),
                    histogram.getTotalCount(),
                    seconds(histogram, 50),
                    seconds(histogram, 90),
                    seconds(histogram, 99),
                    seconds(histogram, 99.9),
                    histogram.getMaxValue() / 1e9);
        }

        private static double seconds(Histogram histogram, double percentile) {
            return histogram.getValueAtPercentile(percentile) / 1e9;
        }
    }
}

package io.berth.reports;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.berth.model.results.Warning;
import io.berth.model.text.Formats;
import io.berth.reports.cells.CellOutcome;
import io.berth.reports.cells.CellReport;
import io.berth.reports.cells.Comparison;
import io.berth.reports.cells.JudgedTrial;
import io.berth.reports.cells.StepReport;
import io.berth.reports.stages.CellIo;
import io.berth.reports.statistics.Estimate;
import io.berth.reports.statistics.Interval;
import io.berth.reports.statistics.Ratio;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The report for machines. Every key is always there; what doesn't exist is {@code null} or an empty array. */
record JsonReport(
        String format,
        String suite,
        String baseline,
        long seed,
        int blocks,
        boolean partial,
        List<JsonCell> cells,
        List<JsonTrial> trials) {
    /** Of this form of the report; its major version changes when a reader would misread it. */
    private static final String FORMAT = "1.1";

    /** Two blanks and line feeds on every machine. */
    private static final ObjectWriter WRITER = Formats.json()
            .copy()
            .setDefaultPropertyInclusion(JsonInclude.Include.ALWAYS)
            .writer(new DefaultPrettyPrinter()
                    .withObjectIndenter(new DefaultIndenter("  ", "\n"))
                    .withArrayIndenter(new DefaultIndenter("  ", "\n")));

    record JsonCell(
            String workload,
            String profile,
            boolean baseline,
            CellOutcome outcome,
            Optional<String> reason,
            List<Double> samples,
            Optional<Double> median,
            int n,
            Optional<Interval> range,
            Optional<Interval> interval,
            Optional<JsonRatio> ratio,
            Optional<String> noRatio,
            Optional<Double> drain,
            List<Warning> warnings,
            List<JsonStep> steps,
            Optional<JsonIo> io) {
        static JsonCell of(CellReport cell) {
            return new JsonCell(
                    cell.cell().workload(),
                    cell.cell().profile(),
                    cell.baseline(),
                    cell.outcome(),
                    cell.reason(),
                    cell.samples(),
                    cell.seconds().map(Estimate::median),
                    cell.n(),
                    cell.seconds().flatMap(Estimate::range),
                    cell.seconds().flatMap(Estimate::interval),
                    cell.ratio().map(JsonRatio::of),
                    cell.noRatio(),
                    cell.drain().map(Estimate::median),
                    cell.warnings(),
                    cell.steps().stream().map(JsonStep::of).toList(),
                    CellIo.of(cell).map(JsonIo::of));
        }
    }

    record JsonIo(
            double taskSeconds, Optional<Double> probeShare, List<JsonCalls> calls, List<JsonSource> otherSources) {
        static JsonIo of(CellIo io) {
            return new JsonIo(
                    io.taskNanos() / 1e9,
                    io.probeShare(),
                    io.calls().stream().map(JsonCalls::of).toList(),
                    io.sources().stream().map(JsonSource::of).toList());
        }
    }

    record JsonCalls(String caller, String category, double calls, double seconds, double bytes) {
        static JsonCalls of(CellIo.Calls calls) {
            return new JsonCalls(
                    calls.caller().label(),
                    calls.category().label(),
                    calls.calls(),
                    calls.nanos() / 1e9,
                    calls.bytes());
        }
    }

    record JsonSource(String source, String probe, double theirs, double ours, double difference) {
        static JsonSource of(CellIo.SecondSource source) {
            double unit = source.unit() == CellIo.Unit.NANOS ? 1e9 : 1;
            return new JsonSource(
                    source.name(), source.what(), source.theirs() / unit, source.ours() / unit, source.difference());
        }
    }

    record JsonRatio(double median, int n, Optional<Interval> range) {
        static JsonRatio of(Ratio ratio) {
            return new JsonRatio(ratio.median(), ratio.n(), ratio.range());
        }
    }

    record JsonStep(
            String name,
            double median,
            int n,
            Optional<Interval> range,
            Optional<JsonRatio> ratio,
            Optional<Double> bytesPerSecond,
            Map<String, Double> details) {
        static JsonStep of(StepReport step) {
            return new JsonStep(
                    step.name(),
                    step.seconds().median(),
                    step.seconds().n(),
                    step.seconds().range(),
                    step.ratio().map(JsonRatio::of),
                    step.bytesPerSecond().map(Estimate::median),
                    step.details());
        }
    }

    record JsonTrial(
            String id,
            String kind,
            int block,
            int position,
            String workload,
            String profile,
            CellOutcome outcome,
            Optional<String> reason,
            int attempts,
            List<Double> samples,
            Optional<String> log) {
        static JsonTrial of(JudgedTrial judged) {
            return new JsonTrial(
                    judged.trial().id(),
                    judged.trial().kind().label(),
                    judged.trial().block(),
                    judged.trial().position(),
                    judged.trial().workload(),
                    judged.trial().profile(),
                    judged.outcome(),
                    judged.reason(),
                    judged.result().map(it -> it.attempts().size()).orElse(0),
                    judged.samples(),
                    judged.attempt().map(it -> it.log()));
        }
    }

    static String of(Comparison comparison) {
        JsonReport report = new JsonReport(
                FORMAT,
                comparison.plan().suite(),
                comparison.plan().baseline(),
                comparison.plan().seed(),
                comparison.plan().blocks(),
                comparison.isPartial(),
                comparison.cells().stream().map(JsonCell::of).toList(),
                comparison.trials().stream().map(JsonTrial::of).toList());
        try {
            return WRITER.writeValueAsString(report) + "\n";
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}

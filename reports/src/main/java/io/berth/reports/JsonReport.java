package io.berth.reports;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.berth.model.plan.PlannedWorkload;
import io.berth.model.results.Warning;
import io.berth.model.text.Formats;
import io.berth.model.volumes.VolumeStep;
import io.berth.reports.cells.CellOutcome;
import io.berth.reports.cells.CellReport;
import io.berth.reports.cells.Comparison;
import io.berth.reports.cells.JudgedTrial;
import io.berth.reports.cells.StepReport;
import io.berth.reports.stages.CellIo;
import io.berth.reports.stages.Latencies;
import io.berth.reports.stages.StageReport;
import io.berth.reports.stages.Stages;
import io.berth.reports.stages.WaitSplit;
import io.berth.reports.statistics.Estimate;
import io.berth.reports.statistics.Interval;
import io.berth.reports.statistics.Ratio;
import io.berth.reports.volumes.ClassLives;
import io.berth.reports.volumes.StepOfWave;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The report for machines. Every key is always there; what doesn't exist is {@code null} or an empty array. */
record JsonReport(
        String format,
        String suite,
        String baseline,
        long seed,
        int blocks,
        boolean partial,
        List<JsonCell> cells,
        List<JsonTrial> trials,
        List<JsonWave> volumes) {
    /** Of this form of the report; its major version changes when a reader would misread it. */
    private static final String FORMAT = "1.3";

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
            Optional<JsonIo> io,
            List<JsonStage> stages,
            List<JsonStage.JsonLatency> latencies) {
        static List<JsonCell> of(Comparison comparison) {
            List<JsonCell> cells = new ArrayList<>();
            for (PlannedWorkload workload : comparison.plan().workloads()) {
                List<StageReport> stages = Stages.of(comparison, workload.name());
                Latencies latencies = Latencies.of(comparison, workload.name());
                comparison.cells(workload.name()).forEach(cell -> cells.add(of(cell, stages, latencies)));
            }
            return cells;
        }

        private static JsonCell of(CellReport cell, List<StageReport> stages, Latencies latencies) {
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
                    CellIo.of(cell).map(JsonIo::of),
                    JsonStage.of(stages, cell.cell().profile()),
                    JsonStage.JsonLatency.of(latencies, cell.cell().profile()));
        }
    }

    record JsonIo(
            double taskSeconds,
            Optional<Double> probeShare,
            List<JsonCalls> calls,
            List<JsonDriverStep> driverSteps,
            List<JsonSource> otherSources,
            List<JsonFact> facts,
            JsonWaits waits) {
        static JsonIo of(CellIo io) {
            return new JsonIo(
                    io.taskNanos() / 1e9,
                    io.probeShare(),
                    io.calls().stream().map(JsonCalls::of).toList(),
                    io.driver().stream().map(JsonDriverStep::of).toList(),
                    io.sources().stream().map(JsonSource::of).toList(),
                    io.facts().stream().map(JsonFact::of).toList(),
                    JsonWaits.of(io.waits()));
        }
    }

    record JsonDriverStep(Optional<String> step, double calls, double seconds) {
        static JsonDriverStep of(CellIo.DriverStep step) {
            return new JsonDriverStep(step.step(), step.calls(), step.nanos() / 1e9);
        }
    }

    record JsonFact(String name, String unit, double value) {
        static JsonFact of(CellIo.Fact fact) {
            return switch (fact.unit()) {
                case BYTES -> new JsonFact(fact.name(), "bytes", fact.value());
                case NANOS -> new JsonFact(fact.name(), "seconds", fact.value() / 1e9);
                case COUNT -> new JsonFact(fact.name(), "count", fact.value());
            };
        }
    }

    record JsonWaits(
            double callSeconds,
            double clientSeconds,
            Optional<Double> networkSeconds,
            Optional<Double> serverSeconds,
            Optional<Double> networkAndServerSeconds,
            Optional<Double> throttled,
            Optional<Double> retried) {
        static JsonWaits of(WaitSplit waits) {
            return new JsonWaits(
                    waits.callNanos() / 1e9,
                    waits.clientNanos() / 1e9,
                    waits.networkNanos().map(it -> it / 1e9),
                    waits.serverNanos().map(it -> it / 1e9),
                    waits.networkAndServerNanos().map(it -> it / 1e9),
                    waits.throttled(),
                    waits.retried());
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

    record JsonSource(String source, String probe, double theirs, double ours, Optional<Double> difference) {
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
                    judged.attempt().flatMap(it -> it.log()));
        }
    }

    record JsonWave(String profile, String storageClass, String provisioner, int count, List<JsonLifeStep> steps) {
        static Stream<JsonWave> of(ClassLives lives) {
            return lives.waves().stream()
                    .map(wave -> new JsonWave(
                            wave.profile(),
                            wave.storageClass(),
                            wave.provisioner(),
                            wave.count(),
                            ClassLives.steps(wave).stream()
                                    .map(JsonLifeStep::of)
                                    .toList()));
        }
    }

    record JsonLifeStep(
            VolumeStep step,
            StepOfWave.State state,
            Optional<String> reason,
            List<Double> samples,
            int n,
            Optional<Double> median,
            Optional<Double> max) {
        static JsonLifeStep of(StepOfWave step) {
            return new JsonLifeStep(
                    step.step(),
                    step.state(),
                    step.reason(),
                    step.samples(),
                    step.samples().size(),
                    step.seconds().map(Estimate::median),
                    step.most());
        }
    }

    static String of(Comparison comparison, List<ClassLives> volumes) {
        JsonReport report = new JsonReport(
                FORMAT,
                comparison.plan().suite(),
                comparison.plan().baseline(),
                comparison.plan().seed(),
                comparison.plan().blocks(),
                comparison.isPartial(),
                JsonCell.of(comparison),
                comparison.trials().stream().map(JsonTrial::of).toList(),
                volumes.stream().flatMap(JsonWave::of).toList());
        try {
            return WRITER.writeValueAsString(report) + "\n";
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.berth.runner.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.berth.model.plan.Plan;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.text.BadInput;
import io.berth.model.text.Formats;
import io.berth.reports.cells.Comparison;
import io.berth.reports.statistics.Overhead;
import io.berth.reports.text.Quantity;
import io.berth.runner.plan.PlanOptions;
import io.berth.runner.plan.Planner;
import io.berth.runner.selfbench.DelayedReads;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Measures what the I/O probe costs, and how well it measures. */
@Command(
        name = "selfbench",
        mixinStandardHelpOptions = true,
        description = {
            "Measures what the I/O probe costs a query, by pairs of applications with it and without it,",
            "and how well it finds delays that were put into reads of files, HDFS and S3."
        },
        footer = {"", "Example:", "  berth selfbench --pairs 22 --format json"})
final class SelfbenchCommand implements Callable<Integer> {
    private static final String WITH = "with-probe";
    private static final String WITHOUT = "without-probe";
    /** What the probe may cost at most. */
    private static final double BOUND = 0.02;

    /** The forms of the answer. */
    enum Format {
        TEXT,
        JSON
    }

    @ParentCommand
    private Berth berth;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            description = "How many pairs; the number of suites/selfbench.yaml if absent.")
    private @Nullable Integer pairs;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text or json; text if absent.")
    private Format format;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Results directory; results/selfbench-DATE-TIME if absent. Must be new or empty.")
    private @Nullable Path out;

    @Override
    public Integer call() {
        if (pairs != null && pairs < 1) {
            throw new BadInput("--pairs is %d (allowed: 1 and more)".formatted(pairs));
        }
        Plan plan = new Planner(berth.catalog(), new SecureRandom())
                .plan(
                        berth.catalog().suite("selfbench"),
                        new PlanOptions(
                                List.of(),
                                List.of(),
                                pairs == null ? OptionalInt.empty() : OptionalInt.of(pairs),
                                OptionalLong.empty(),
                                Optional.empty(),
                                berth.command()));
        Path path = out == null ? RunCommand.defaultOut(plan) : out;
        ResultsDirectory directory = Running.create(path, plan);
        try {
            int exitCode = Running.run(berth, directory);
            if (exitCode == ExitCode.INTERRUPTED) {
                return exitCode;
            }
            JsonNode reads = new DelayedReads(berth.catalog(), directory.logs().resolve("delayed-reads")).run();
            ObjectNode answer = answer(Overhead.of(ratios(directory)), reads);
            switch (format) {
                case TEXT -> print(answer, berth.out());
                case JSON -> berth.out().println(pretty(answer));
            }
            return exitCode;
        } catch (IOException e) {
            throw new Berth.Stopped(path, e);
        }
    }

    /** One for each block in which both completed. */
    private static List<Double> ratios(ResultsDirectory directory) {
        Comparison comparison = Comparison.of(directory.results());
        String profile = comparison.plan().baseline();
        SortedMap<Integer, Double> with = comparison.cell(WITH, profile).forkSeconds();
        SortedMap<Integer, Double> without = comparison.cell(WITHOUT, profile).forkSeconds();
        List<Double> ratios = new ArrayList<>();
        with.forEach((block, seconds) -> {
            if (without.containsKey(block)) {
                ratios.add(seconds / without.get(block));
            }
        });
        return ratios;
    }

    static ObjectNode answer(Overhead overhead, JsonNode reads) {
        ObjectNode answer = Formats.json().createObjectNode();
        overhead.mean().ifPresentOrElse(it -> answer.put("overhead", it), () -> answer.putNull("overhead"));
        overhead.upper95()
                .ifPresentOrElse(it -> answer.put("overheadUpper95", it), () -> answer.putNull("overheadUpper95"));
        answer.put("pairs", overhead.pairs());
        answer.put("bound", BOUND);
        answer.put("verdict", overhead.verdict(BOUND).name().toLowerCase(Locale.ROOT));
        overhead.pairsNeeded(BOUND)
                .ifPresentOrElse(it -> answer.put("pairsNeeded", it), () -> answer.putNull("pairsNeeded"));
        ObjectNode slopes = answer.putObject("slope");
        ObjectNode intercepts = answer.putObject("interceptNanos");
        // Of the three kinds of S3A's streams the one that is the farthest off; absent if none was measured.
        Optional<Map.Entry<String, JsonNode>> worst = reads.properties().stream()
                .filter(it -> it.getKey().startsWith("s3a-") && it.getValue().has("slope"))
                .max(Comparator.comparingDouble(
                        it -> Math.abs(it.getValue().path("slope").doubleValue() - 1)));
        for (var storage : reads.properties()) {
            if (storage.getValue().has("slope")) {
                slopes.put(storage.getKey(), storage.getValue().path("slope").doubleValue());
                intercepts.put(
                        storage.getKey(),
                        storage.getValue().path("interceptNanos").doubleValue());
            }
        }
        worst.ifPresent(it -> {
            slopes.put("s3a", it.getValue().path("slope").doubleValue());
            intercepts.put("s3a", it.getValue().path("interceptNanos").doubleValue());
        });
        answer.put("nanosPerOperation", reads.path("nanosPerCall").doubleValue());
        return answer;
    }

    static void print(JsonNode answer, PrintStream to) {
        if (answer.path("overheadUpper95").isNull()) {
            to.printf(
                    "overhead   not known from %d pairs%n", answer.path("pairs").intValue());
        } else {
            to.printf(
                    "overhead   %s, at most %s (95 %%, %d pairs): %s%s%n",
                    Quantity.signedPercent(answer.path("overhead").doubleValue()),
                    Quantity.signedPercent(answer.path("overheadUpper95").doubleValue()),
                    answer.path("pairs").intValue(),
                    switch (answer.path("verdict").textValue()) {
                        case "within" -> "within the " + Quantity.percent(BOUND) + " that are allowed";
                        case "beyond" -> "more than the " + Quantity.percent(BOUND) + " that are allowed";
                        default -> "inconclusive for a bound of " + Quantity.percent(BOUND);
                    },
                    answer.path("verdict").textValue().equals("inconclusive")
                                    && answer.path("pairsNeeded").isNumber()
                            ? ", about %d more pairs are needed"
                                    .formatted(answer.path("pairsNeeded").intValue())
                            : "");
        }
        to.printf(
                Locale.ROOT,
                "per call   %.1f ns%n",
                answer.path("nanosPerOperation").doubleValue());
        for (var slope : answer.path("slope").properties()) {
            to.printf(
                    Locale.ROOT,
                    "delays     %-14s slope %.4f, intercept %s per read%n",
                    slope.getKey(),
                    slope.getValue().doubleValue(),
                    Quantity.nanos(
                            answer.path("interceptNanos").path(slope.getKey()).doubleValue()));
        }
    }

    private static String pretty(JsonNode answer) {
        try {
            return Formats.json().writerWithDefaultPrettyPrinter().writeValueAsString(answer);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always written", e);
        }
    }
}

package io.berth.probe;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.OperationHistogram;
import io.berth.model.results.ProbeCost;
import io.berth.model.results.TaskIo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What is told at the end of an application. The JSON has Jackson's plain types only and not berth's formats: those need
 * Jackson modules that Spark doesn't bring.
 */
final class Summary {
    /** Of the JSON; grows when a key changes its meaning or goes away. */
    private static final int FORMAT = 1;

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Map<StageAttempt, Stage> stages = new TreeMap<>();

    private record StageAttempt(int stage, int attempt) implements Comparable<StageAttempt> {
        @Override
        public int compareTo(StageAttempt other) {
            return stage != other.stage ? Integer.compare(stage, other.stage) : Integer.compare(attempt, other.attempt);
        }
    }

    private static final class Stage {
        private final String name;
        private final Sum successful = new Sum();
        private final Sum wasted = new Sum();

        private Stage(String name) {
            this.name = name;
        }
    }

    private static final class Sum {
        private final Map<IoCategory, IoCost> costs = new EnumMap<>(IoCategory.class);
        private long tasks;
        private long wallNanos;
        private long cpuNanos;
        private long runQueueNanos;
        private long ioNanos;
        private long blockedNanos;

        private void add(TaskIo io) {
            tasks++;
            wallNanos += io.wallNanos();
            cpuNanos += io.cpuNanos();
            runQueueNanos += io.runQueueNanos().orElse(0);
            ioNanos += io.ioNanos();
            blockedNanos += io.blockedNanos();
            io.costs().forEach((category, cost) -> costs.merge(category, cost, IoCost::plus));
        }

        private double blockedFraction() {
            return wallNanos == 0 ? 0 : (double) blockedNanos / wallNanos;
        }
    }

    void stage(int stage, int attempt, String name) {
        stages.put(new StageAttempt(stage, attempt), new Stage(name));
    }

    void task(int stage, int attempt, boolean successful, TaskIo io) {
        Stage of = stages.computeIfAbsent(new StageAttempt(stage, attempt), missing -> new Stage("unknown"));
        (successful ? of.successful : of.wasted).add(io);
    }

    String text(IoProbe probe) {
        Completeness completeness = probe.completeness();
        StringBuilder text = new StringBuilder();
        line(
                text,
                "berth-io-probe: %d of %d tasks seen, %d storage classes not instrumented",
                completeness.tasksSeen(),
                completeness.tasksEnded(),
                completeness.notTransformed().size());
        if (completeness.droppedEvents() != 0) {
            line(
                    text,
                    "  Spark dropped %s, so that these numbers are too low: see spark.scheduler.listenerbus.eventqueue.capacity",
                    count(completeness.droppedEvents(), "event", "events"));
        }
        if (completeness.executorsWithoutAgent() != 0) {
            line(
                    text,
                    "  %s without the probe's agent, whose storage calls are missing: see -javaagent in extraJavaOptions",
                    count(completeness.executorsWithoutAgent(), "process", "processes"));
        }
        completeness.notTransformed().forEach((type, reason) -> line(text, "  not instrumented: %s: %s", type, reason));
        line(text, "%8s %6s %9s %9s %8s  %s", "stage", "tasks", "task s", "storage s", "blocked", "calls");
        stages.forEach((id, stage) -> {
            row(text, id.stage() + "." + id.attempt(), stage.successful, stage.name);
            if (stage.wasted.tasks != 0) {
                row(text, "wasted", stage.wasted, "failed or killed");
            }
        });
        outside(text, "driver, outside of tasks", probe.driverIo());
        outside(text, "unattributed (helper threads)", probe.unattributedIo());
        ProbeCost cost = cost(probe);
        long calls = calls(probe);
        line(
                text,
                "the probe's own cost: about %.3f s of CPU time (%s at %.0f ns, and %.3f s at the start and end of tasks)",
                seconds((long) cost.nanos(calls)),
                count(calls, "call", "calls"),
                cost.nanosPerCall(),
                seconds(cost.taskNanos()));
        return text.toString();
    }

    private static ProbeCost cost(IoProbe probe) {
        return new ProbeCost(probe.nanosPerCall(), probe.taskNanos());
    }

    /** All that were counted, wherever. */
    private long calls(IoProbe probe) {
        long ofTasks = stages.values().stream()
                .flatMap(stage -> Stream.of(stage.successful, stage.wasted))
                .flatMap(sum -> sum.costs.values().stream())
                .mapToLong(IoCost::calls)
                .sum();
        return ofTasks
                + Stream.of(probe.driverIo(), probe.unattributedIo())
                        .flatMap(List::stream)
                        .mapToLong(io -> io.cost().calls())
                        .sum();
    }

    void writeJson(IoProbe probe, Path file) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", FORMAT).put("applicationId", probe.applicationId());
        Completeness completeness = probe.completeness();
        root.putObject("completeness")
                .put("tasksStarted", completeness.tasksStarted())
                .put("tasksEnded", completeness.tasksEnded())
                .put("tasksSeen", completeness.tasksSeen())
                .put("droppedEvents", completeness.droppedEvents())
                .put("executorsWithoutAgent", completeness.executorsWithoutAgent())
                .set("notTransformed", JSON.valueToTree(completeness.notTransformed()));
        ArrayNode all = root.putArray("stages");
        stages.forEach((id, stage) -> {
            ObjectNode node = all.addObject()
                    .put("stage", id.stage)
                    .put("attempt", id.attempt)
                    .put("name", stage.name);
            node.set("successful", json(stage.successful));
            node.set("wasted", json(stage.wasted));
        });
        ProbeCost cost = cost(probe);
        root.putObject("probe")
                .put("nanosPerCall", cost.nanosPerCall())
                .put("taskNanos", cost.taskNanos())
                .put("calls", calls(probe));
        root.set("driver", json(probe.driverIo()));
        root.set("unattributed", json(probe.unattributedIo()));
        ArrayNode histograms = root.putArray("histograms");
        for (OperationHistogram histogram : probe.histograms()) {
            ObjectNode node = histograms.addObject();
            histogram.iteration().ifPresent(iteration -> node.put("iteration", iteration));
            histogram.step().ifPresent(step -> node.put("step", step));
            node.put("scheme", histogram.scheme())
                    .put("operation", histogram.operation().label())
                    .put("encoded", histogram.encoded());
        }
        Files.write(file, JSON.writeValueAsBytes(root));
    }

    private static ObjectNode json(Sum sum) {
        ObjectNode node = JSON.createObjectNode()
                .put("tasks", sum.tasks)
                .put("wallNanos", sum.wallNanos)
                .put("cpuNanos", sum.cpuNanos)
                .put("runQueueNanos", sum.runQueueNanos)
                .put("ioNanos", sum.ioNanos)
                .put("blockedNanos", sum.blockedNanos)
                .put("blockedFraction", sum.blockedFraction());
        ObjectNode costs = node.putObject("costs");
        sum.costs.forEach((category, cost) -> costs.set(category.label(), json(cost)));
        return node;
    }

    private static ObjectNode json(IoCost cost) {
        return JSON.createObjectNode()
                .put("calls", cost.calls())
                .put("nanos", cost.nanos())
                .put("bytes", cost.bytes());
    }

    private static ArrayNode json(List<OutsideIo> calls) {
        ArrayNode all = JSON.createArrayNode();
        for (OutsideIo io : calls) {
            ObjectNode node = all.addObject();
            io.iteration().ifPresent(value -> node.put("iteration", value));
            io.step().ifPresent(value -> node.put("step", value));
            io.jobGroup().ifPresent(value -> node.put("jobGroup", value));
            io.execution().ifPresent(value -> node.put("execution", value));
            node.put("scheme", io.scheme()).put("operation", io.category().label());
            node.setAll(json(io.cost()));
        }
        return all;
    }

    private static void row(StringBuilder text, String id, Sum sum, String name) {
        line(
                text,
                "%8s %6d %9.3f %9.3f %7.1f%%  %s  [%s]",
                id,
                sum.tasks,
                seconds(sum.wallNanos),
                seconds(sum.ioNanos),
                100 * sum.blockedFraction(),
                costs(sum.costs),
                name);
    }

    private static void outside(StringBuilder text, String who, List<OutsideIo> calls) {
        Map<IoCategory, IoCost> costs = new EnumMap<>(IoCategory.class);
        calls.forEach(io -> costs.merge(io.category(), io.cost(), IoCost::plus));
        if (!costs.isEmpty()) {
            line(text, "%s: %s", who, costs(costs));
        }
    }

    private static String costs(Map<IoCategory, IoCost> costs) {
        StringBuilder text = new StringBuilder();
        costs.forEach((category, cost) -> text.append(text.isEmpty() ? "" : ", ")
                .append(String.format(
                        Locale.ROOT, "%s %d in %.3f s", category.label(), cost.calls(), seconds(cost.nanos())))
                .append(cost.bytes() == 0 ? "" : String.format(Locale.ROOT, " %.1f MB", cost.bytes() / 1e6)));
        return text.isEmpty() ? "none" : text.toString();
    }

    private static String count(long number, String one, String many) {
        return number + " " + (number == 1 ? one : many);
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}

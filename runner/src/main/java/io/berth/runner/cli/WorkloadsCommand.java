package io.berth.runner.cli;

import io.berth.model.suite.WorkloadDefinition;
import java.io.PrintStream;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Lists workloads and their parameters. */
@Command(
        name = "workloads",
        mixinStandardHelpOptions = true,
        description = "Lists the known workloads with their parameters and defaults.",
        footer = {"", "Example:", "  berth workloads"})
final class WorkloadsCommand implements Callable<Integer> {
    @ParentCommand
    private Berth berth;

    @Override
    public Integer call() {
        PrintStream out = berth.out();
        for (String name : berth.catalog().workloads()) {
            WorkloadDefinition workload = berth.catalog().workload(name);
            out.printf("%s: %s%n", workload.name(), workload.description());
            out.printf(
                    "  %d warm-up and %d measured iterations, time limit %d s, durability %s%n",
                    workload.warmup(),
                    workload.iterations(),
                    workload.timeLimit(),
                    workload.durability().label());
            if (!workload.sparkVersions().isEmpty()) {
                out.printf("  only on Spark %s%n", String.join(", ", workload.sparkVersions()));
            }
            new TreeMap<>(workload.parameters())
                    .forEach((key, parameter) ->
                            out.printf("  %-16s %s  (%s)%n", key, parameter.value(), parameter.description()));
        }
        return ExitCode.DONE;
    }
}

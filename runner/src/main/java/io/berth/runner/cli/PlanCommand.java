package io.berth.runner.cli;

import io.berth.model.plan.Plan;
import io.berth.model.plan.PlannedWorkload;
import io.berth.model.plan.Trial;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.suite.StorageProfile;
import io.berth.runner.plan.Estimate;
import io.berth.runner.run.Durations;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Shows what run would do and touches nothing. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        description = "Shows the trials, their order, the conf and an estimated duration; touches nothing.",
        footer = {"", "Example:", "  berth plan suites/quickstart.yaml --profile local-disk --seed 42"})
final class PlanCommand implements Callable<Integer> {
    @ParentCommand
    private Berth berth;

    @Mixin
    private PlanMixin options;

    @Option(names = "--out", paramLabel = "DIR", description = "Also say whether run could use this results directory.")
    private @Nullable Path results;

    @Override
    public Integer call() {
        Plan plan = options.plan(berth);
        if (results != null) {
            ResultsDirectory.requireFree(results, plan);
        }
        PrintStream out = berth.out();
        out.printf("suite     %s%n", plan.suite());
        plan.description().ifPresent(description -> out.printf("          %s%n", description));
        out.printf("master    %s%n", plan.master());
        out.printf("seed      %d  (repeat this order with --seed %d)%n", plan.seed(), plan.seed());
        out.printf("baseline  %s%n", plan.baseline());
        long preparations = plan.trials().stream()
                .filter(trial -> trial.kind() == Trial.Kind.PREPARE)
                .count();
        out.printf(
                "trials    %d in %d blocks and %d preparations, about %s%n",
                plan.trials().size() - preparations,
                plan.blocks(),
                preparations,
                Durations.rough(new Estimate(plan).of(plan.trials())));
        if (results != null) {
            out.printf("results   %s  (free for this plan)%n", results);
        }
        out.println();
        out.println("Profiles");
        for (StorageProfile profile : plan.profiles()) {
            out.printf(
                    "  %-24s %-10s %-12s %s%n",
                    profile.name(), profile.backend(), profile.accessType().label(), new TreeMap<>(profile.settings()));
        }
        for (PlannedWorkload workload : plan.workloads()) {
            out.println();
            out.printf("Workload %s (%s)%n", workload.name(), workload.description());
            out.printf(
                    Locale.ROOT,
                    "  %d warm-up and %d measured iterations, time limit %d s, durability %s, cache policy %s%n",
                    workload.warmupIterations(),
                    workload.measuredIterations(),
                    workload.timeLimitSeconds(),
                    workload.durability().label(),
                    workload.cachePolicy());
            workload.sparkVersion().ifPresent(version -> out.printf("  on Spark %s%n", version));
            new TreeMap<>(workload.parameters()).forEach((name, value) -> out.printf("  %s: %s%n", name, value));
            new TreeMap<>(workload.sparkConf()).forEach((name, value) -> out.printf("  %s=%s%n", name, value));
        }
        out.println();
        out.println(
                "What a storage adds to the conf, its address first, is known once it is open: see logs/TRIAL.conf of a run.");
        if (preparations > 0) {
            out.println("Preparations run without spark.plugins, because nothing of them is measured.");
        }
        out.println();
        out.println("Order");
        for (Trial trial : plan.trials()) {
            out.printf("  %3d  %s%n", trial.position() + 1, trial.id());
        }
        return ExitCode.DONE;
    }
}

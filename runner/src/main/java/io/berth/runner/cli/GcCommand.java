package io.berth.runner.cli;

import io.berth.model.plan.Plan;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.text.BadInput;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Removes what a run that was killed has left. */
@Command(
        name = "gc",
        mixinStandardHelpOptions = true,
        description = {
            "Removes what a run that was killed has left in its cluster and on its storages: what carries the run's label,",
            "and the run's own directories. Results and data sets stay. A run that still goes on is refused.",
            "With --run DIR is a suite file instead, and what carries that label is removed from its cluster and from the",
            "storages of its profiles: berth doctor has no results directory, and says its label."
        },
        footer = {
            "",
            "Examples:",
            "  berth gc --dry-run results/nightly",
            "  berth gc results/nightly",
            "  berth gc --run kubernetes-00c0ffee suites/kubernetes.yaml --profile path/to/nfs.yaml"
        })
final class GcCommand implements Callable<Integer> {
    @ParentCommand
    private Berth berth;

    @Option(names = "--dry-run", description = "Only name the objects of the cluster.")
    private boolean dryRun;

    @Option(names = "--run", paramLabel = "LABEL", description = "Of a berth doctor that was killed.")
    private @Nullable String run;

    @Option(names = "--master", paramLabel = "URL", description = "With --run: as the doctor was given it.")
    private @Nullable String master;

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            description = "With --run: as the doctor was given it; repeatable. Those of the suite if absent.")
    private List<String> profiles = new ArrayList<>();

    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description = "The results directory of the run or the berth lifecycle.")
    private Path directory;

    @Override
    public Integer call() throws IOException {
        if (run == null) {
            return Running.collectGarbage(berth, ResultsDirectory.open(directory), dryRun);
        }
        Plan plan = PlanMixin.plan(berth, directory, profiles, master);
        if (plan.kubernetes().isEmpty()) {
            throw new BadInput("--run: the applications of %s aren't pods".formatted(directory));
        }
        return Running.collectGarbage(berth, plan, run, dryRun);
    }
}

package io.berth.runner.cli;

import io.berth.model.results.ResultsDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
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
            "and the run's own directories. Results and data sets stay. A run that still goes on is refused."
        },
        footer = {"", "Examples:", "  berth gc --dry-run results/nightly", "  berth gc results/nightly"})
final class GcCommand implements Callable<Integer> {
    @ParentCommand
    private Berth berth;

    @Option(names = "--dry-run", description = "Only name the objects of the cluster.")
    private boolean dryRun;

    @Parameters(index = "0", paramLabel = "DIR", description = "The results directory of the run.")
    private Path directory;

    @Override
    public Integer call() throws IOException {
        return Running.collectGarbage(berth, ResultsDirectory.open(directory), dryRun);
    }
}

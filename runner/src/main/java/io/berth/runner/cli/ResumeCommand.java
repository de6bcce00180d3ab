package io.berth.runner.cli;

import io.berth.model.results.ResultsDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Finishes a run that was stopped, killed or had failures. */
@Command(
        name = "resume",
        mixinStandardHelpOptions = true,
        description = "Runs the trials of a results directory that are missing or have no numbers.",
        footer = {"", "Example:", "  berth resume results/nightly"})
final class ResumeCommand implements Callable<Integer> {
    @ParentCommand
    private Berth berth;

    @Parameters(index = "0", paramLabel = "DIR", description = "A results directory of berth run.")
    private Path directory;

    @Override
    public Integer call() {
        ResultsDirectory results = ResultsDirectory.open(directory);
        try {
            return Running.execute(berth, results);
        } catch (IOException e) {
            throw new Berth.Stopped(directory, e);
        }
    }
}

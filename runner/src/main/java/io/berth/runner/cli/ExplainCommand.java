package io.berth.runner.cli;

import io.berth.model.plan.Cell;
import io.berth.model.results.Results;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.text.BadInput;
import io.berth.reports.Report;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Says why a cell takes the time it takes. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = "Says why a cell takes the time it takes: where the time went, and what waited for storage.",
        footer = {"", "Example:", "  berth explain results/nightly sql/local-disk"})
final class ExplainCommand implements Callable<Integer> {
    @ParentCommand
    private Berth berth;

    @Parameters(index = "0", paramLabel = "DIR", description = "A results directory of berth run.")
    private Path directory;

    @Parameters(index = "1", paramLabel = "CELL", description = "WORKLOAD/PROFILE, as reports name it.")
    private String cell;

    @Override
    public Integer call() {
        Results results = ResultsDirectory.open(directory).results();
        Cell wanted = results.plan().cells().stream()
                .filter(it -> it.toString().equals(cell))
                .findFirst()
                .orElseThrow(() -> new BadInput("cell \"%s\" is not in %s (it has: %s)"
                        .formatted(
                                cell,
                                directory,
                                results.plan().cells().stream()
                                        .map(Cell::toString)
                                        .collect(Collectors.joining(", ")))));
        berth.out().print(Report.of(results).explanation(wanted));
        berth.out().flush();
        return ExitCode.DONE;
    }
}

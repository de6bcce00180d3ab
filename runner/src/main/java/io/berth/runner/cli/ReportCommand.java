package io.berth.runner.cli;

import io.berth.model.results.ResultsDirectory;
import io.berth.model.text.IoReason;
import io.berth.reports.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Renders the report of a results directory. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = "Renders the report of a results directory.",
        footer = {
            "",
            "Examples:",
            "  berth report results/nightly",
            "  berth report results/nightly --format html -o nightly.html"
        })
final class ReportCommand implements Callable<Integer> {
    /** The forms that a report takes. */
    enum Format {
        HTML,
        TEXT,
        JSON
    }

    @ParentCommand
    private Berth berth;

    @Parameters(index = "0", paramLabel = "DIR", description = "A results directory of berth run or berth lifecycle.")
    private Path directory;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "html, text or json; text if absent.")
    private Format format;

    @Option(names = "-o", paramLabel = "FILE", description = "Where to write; standard output if absent.")
    private @Nullable Path file;

    @Override
    public Integer call() {
        Report report = Report.of(ResultsDirectory.open(directory).results());
        String rendered =
                switch (format) {
                    case HTML -> report.html();
                    case TEXT -> report.text();
                    case JSON -> report.json();
                };
        if (file == null) {
            berth.out().print(rendered);
        } else {
            try {
                Files.writeString(file, rendered);
            } catch (IOException e) {
                throw new Berth.Unwritable("-o %s: can't be written (%s)".formatted(file, IoReason.of(e)), e);
            }
        }
        return ExitCode.DONE;
    }
}

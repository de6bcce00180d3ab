package io.berth.runner.cli;

import io.berth.model.text.BadInput;
import io.berth.runner.image.ImageUnavailable;
import io.berth.runner.plan.Catalog;
import io.berth.storage.StorageUnavailable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The command line. Results go to standard output, everything else to standard error. */
@Command(
        name = "berth",
        description = "Measures storage under Apache Spark.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        version = "berth " + Berth.VERSION,
        subcommands = {
            RunCommand.class,
            ResumeCommand.class,
            PlanCommand.class,
            DoctorCommand.class,
            ReportCommand.class,
            ExplainCommand.class,
            GcCommand.class,
            ImageCommand.class,
            SelfbenchCommand.class,
            ProfilesCommand.class,
            WorkloadsCommand.class,
        },
        footer = {
            "",
            "Example:",
            "  berth run                       compare the storages of suites/quickstart.yaml",
            "",
            "Exit codes: 0 done, 2 usage or unreadable suite, 3 set-up invalid and nothing measured,",
            "4 some trials have no numbers, 70 a defect of berth, 130 interrupted (Ctrl-C, SIGTERM, SIGHUP).",
        })
final class Berth {
    static final String VERSION = "0.1.0-SNAPSHOT";

    private final Catalog catalog;
    private final PrintStream out;
    private final PrintStream err;
    private final List<String> command;

    Berth(Catalog catalog, PrintStream out, PrintStream err, List<String> command) {
        this.catalog = catalog;
        this.out = out;
        this.err = err;
        this.command = List.copyOf(command);
    }

    public static void main(String[] args) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        Path home = Path.of(System.getProperty("berth.home", "."));
        System.exit(execute(new Catalog(home), out, err, args));
    }

    /** Runs one command line and returns the exit code. */
    static int execute(Catalog catalog, PrintStream out, PrintStream err, String... args) {
        Berth berth = new Berth(catalog, out, err, List.of(args));
        return new CommandLine(berth)
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler(berth::explainUsage)
                .setExecutionExceptionHandler((e, line, parsed) -> berth.explain(e))
                .setExecutionStrategy(berth::runLast)
                .execute(args);
    }

    Catalog catalog() {
        return catalog;
    }

    PrintStream out() {
        return out;
    }

    PrintStream err() {
        return err;
    }

    /** The command line as a person would type it. */
    List<String> command() {
        List<String> whole = new ArrayList<>(List.of("berth"));
        whole.addAll(command);
        return whole;
    }

    private int runLast(ParseResult parsed) {
        if (!parsed.hasSubcommand() && !parsed.isUsageHelpRequested() && !parsed.isVersionHelpRequested()) {
            parsed.commandSpec().commandLine().usage(err);
            return ExitCode.USAGE;
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private int explainUsage(ParameterException e, String[] args) {
        err.println("berth: " + e.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
        err.println("See " + e.getCommandLine().getCommandSpec().qualifiedName(" ") + " --help");
        return ExitCode.USAGE;
    }

    private int explain(Exception e) throws IOException {
        if (e instanceof BadInput) {
            err.println("berth: " + e.getMessage());
            return ExitCode.USAGE;
        }
        if (e instanceof ImageUnavailable) {
            err.println("berth: " + e.getMessage());
            return ExitCode.SET_UP;
        }
        if (e instanceof StorageUnavailable) {
            err.println("berth: " + e.getMessage());
            err.println("Nothing was measured.");
            return ExitCode.SET_UP;
        }
        if (e instanceof ResultsLost lost) {
            err.println("berth: " + lost.getMessage());
            return ExitCode.INCOMPLETE;
        }
        Path log = Files.createTempFile("berth-defect-", ".log");
        try (PrintWriter trace = new PrintWriter(Files.newBufferedWriter(log))) {
            trace.println(String.join(" ", command()));
            e.printStackTrace(trace);
        }
        err.printf("berth: a defect of berth itself: %s; please report it with %s%n", e, log);
        return ExitCode.DEFECT;
    }

    /** Results can't be written any more; what was sealed before is unharmed. */
    static final class ResultsLost extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ResultsLost(Path directory, IOException cause) {
            super(
                    "%s: results can't be written any more (%s); what was sealed before is unharmed. Free space, then berth resume %s"
                            .formatted(directory, reason(cause), directory),
                    cause);
        }

        private static String reason(IOException cause) {
            return cause instanceof FileSystemException file && file.getReason() != null
                    ? file.getReason()
                    : String.valueOf(cause.getMessage());
        }
    }
}

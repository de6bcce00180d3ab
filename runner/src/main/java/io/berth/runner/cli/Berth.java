package io.berth.runner.cli;

import io.berth.model.text.BadInput;
import io.berth.model.text.BerthVersion;
import io.berth.model.text.IoReason;
import io.berth.runner.image.ImageUnavailable;
import io.berth.runner.plan.Catalog;
import io.berth.runner.submit.UnstartableJvm;
import io.berth.storage.StorageUnavailable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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
        versionProvider = Berth.Version.class,
        subcommands = {
            RunCommand.class,
            ResumeCommand.class,
            PlanCommand.class,
            DoctorCommand.class,
            LifecycleCommand.class,
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
    /** What {@code berth --version} says. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"berth " + BerthVersion.current()};
        }
    }

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
        int exitCode;
        try {
            exitCode = berth.commandLine().execute(args);
        } catch (Error e) {
            // Picocli hands on exceptions only.
            return berth.defect(e);
        }
        if (out.checkError() && exitCode == ExitCode.DONE) {
            err.println(
                    "berth: standard output can't be written to (a full disk, or closed by its reader); it is cut off");
            return ExitCode.SET_UP;
        }
        return exitCode;
    }

    private CommandLine commandLine() {
        return new CommandLine(this)
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler(this::explainUsage)
                .setExecutionExceptionHandler((e, line, parsed) -> explain(e))
                .setExecutionStrategy(this::runLast);
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

    private int explain(Exception e) {
        if (e instanceof BadInput) {
            return refuse(e, ExitCode.USAGE);
        }
        if (e instanceof ImageUnavailable || e instanceof Unwritable) {
            return refuse(e, ExitCode.SET_UP);
        }
        if (e instanceof StorageUnavailable) {
            int exitCode = refuse(e, ExitCode.SET_UP);
            // What couldn't be removed again.
            Stream.of(e.getSuppressed()).forEach(it -> err.println("berth: " + it.getMessage()));
            err.println("Nothing was measured.");
            return exitCode;
        }
        if (e instanceof Stopped) {
            return refuse(e, ExitCode.INCOMPLETE);
        }
        return defect(e);
    }

    private int refuse(Exception e, int exitCode) {
        err.println("berth: " + e.getMessage());
        return exitCode;
    }

    private int defect(Throwable e) {
        String what = "berth: a defect of berth itself: %s; please report it with ".formatted(e);
        try {
            Path log = Files.createTempFile("berth-defect-", ".log");
            try (PrintWriter trace = new PrintWriter(Files.newBufferedWriter(log))) {
                trace.println(String.join(" ", command()));
                e.printStackTrace(trace);
            }
            err.println(what + log);
        } catch (IOException noLog) {
            err.println(what + "what follows, because there is no file to write it to (" + IoReason.of(noLog) + ")");
            e.printStackTrace(err);
        }
        return ExitCode.DEFECT;
    }

    /** What was asked for can't be written; nothing was measured. */
    static final class Unwritable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unwritable(String message, IOException cause) {
            super(message, cause);
        }

        /** Of a results directory. */
        static Unwritable results(Path directory, IOException cause) {
            return new Unwritable(
                    "%s: results can't be written there (%s); nothing was measured. Choose another --out, or see to it that you may write there"
                            .formatted(directory, IoReason.of(cause)),
                    cause);
        }
    }

    /** A run had to stop; what was sealed before is unharmed. */
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stopped(Path directory, IOException cause) {
            super(
                    "%s: %s; what was sealed before is unharmed. %s, then berth resume %s"
                            .formatted(directory, what(cause), todo(cause), directory),
                    cause);
        }

        private static String what(IOException cause) {
            return cause instanceof UnstartableJvm
                    ? String.valueOf(cause.getMessage())
                    : "results can't be written any more (%s)".formatted(IoReason.of(cause));
        }

        private static String todo(IOException cause) {
            return cause instanceof UnstartableJvm ? "See to that" : "Free space or give the right to write";
        }
    }
}

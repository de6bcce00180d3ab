package io.berth.runner.cli;

import io.berth.runner.plan.Catalog;
import java.io.PrintStream;
import java.nio.file.Path;

/** Lets tests of other packages run command lines. */
public final class Cli {
    private Cli() {}

    public static int execute(Path home, PrintStream out, PrintStream err, String... args) {
        return Berth.execute(new Catalog(home), out, err, args);
    }
}

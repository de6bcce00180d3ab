package io.berth.runner.cli;

import io.berth.model.plan.Plan;
import io.berth.model.results.ResultsDirectory;
import io.berth.storage.StorageUnavailable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Runs a suite. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Runs a suite and writes a results directory with report.html.",
        footer = {
            "",
            "Examples:",
            "  berth run",
            "  berth run suites/nightly.yaml --profile nfs-lab --out results/nfs-lab"
        })
final class RunCommand implements Callable<Integer> {
    @ParentCommand
    private Berth berth;

    @Mixin
    private PlanMixin options;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Results directory; results/SUITE-DATE-TIME if absent. Must be new or empty.")
    private @Nullable Path out;

    @Override
    public Integer call() {
        Plan plan = options.plan(berth);
        Path path = out == null ? defaultOut(plan) : out;
        ResultsDirectory directory = Running.create(path, plan);
        try {
            return Running.execute(berth, directory);
        } catch (StorageUnavailable e) {
            discardIfNothingIsLeft(directory, e);
            throw e;
        } catch (IOException e) {
            throw new Berth.Stopped(path, e);
        }
    }

    /** Of a run that no storage could be had for, so that the same command may be given when that is mended. */
    private static void discardIfNothingIsLeft(ResultsDirectory directory, StorageUnavailable why) {
        if (why.getSuppressed().length > 0) {
            return; // gc needs its plan
        }
        try {
            directory.discardIfUnused();
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    static Path defaultOut(Plan plan) {
        String now = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT)
                .withZone(ZoneId.systemDefault())
                .format(Instant.now());
        return Path.of("results", plan.suite() + "-" + now);
    }
}

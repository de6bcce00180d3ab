package io.berth.runner.cli;

import io.berth.model.plan.Plan;
import io.berth.model.suite.Suite;
import io.berth.model.text.BadInput;
import io.berth.runner.plan.PlanOptions;
import io.berth.runner.plan.Planner;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options that plan and run share. */
final class PlanMixin {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "SUITE",
            description = "A suite file; suites/quickstart.yaml if absent.")
    private @Nullable Path suite;

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            description = "Only this storage profile, or another known one, or a profile file; repeatable.")
    private List<String> profiles = new ArrayList<>();

    @Option(names = "--workload", paramLabel = "NAME", description = "Only this workload of the suite; repeatable.")
    private List<String> workloads = new ArrayList<>();

    @Option(
            names = "--blocks",
            paramLabel = "N",
            description = "How often each cell is run, instead of the suite's number.")
    private @Nullable Integer blocks;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of the order of trials; drawn and recorded if absent.")
    private @Nullable Long seed;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark master; if absent, the suite's Kubernetes, or else local[all cores].")
    private @Nullable String master;

    Plan plan(Berth berth) {
        if (blocks != null && (blocks < 1 || blocks > Suite.MOST_BLOCKS)) {
            throw new BadInput("--blocks is %d (allowed: 1 to %d)".formatted(blocks, Suite.MOST_BLOCKS));
        }
        PlanOptions options = new PlanOptions(
                profiles,
                workloads,
                blocks == null ? OptionalInt.empty() : OptionalInt.of(blocks),
                seed == null ? OptionalLong.empty() : OptionalLong.of(seed),
                Optional.ofNullable(master),
                berth.command());
        return new Planner(berth.catalog(), new SecureRandom())
                .plan(suite == null ? berth.catalog().quickstart() : suite, options);
    }

    /** Of a suite as it is, for what concerns its cluster and the storages of profiles. */
    static Plan plan(Berth berth, Path suite, List<String> profiles, @Nullable String master) {
        PlanOptions options = new PlanOptions(
                profiles,
                List.of(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.ofNullable(master),
                berth.command());
        return new Planner(berth.catalog(), new SecureRandom()).plan(suite, options);
    }
}

package io.berth.runner.cli;

import io.berth.model.plan.Plan;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.suite.StorageProfile;
import io.berth.model.text.BadInput;
import io.berth.model.volumes.VolumeWave;
import io.berth.reports.Report;
import io.berth.runner.lifecycle.Lifecycle;
import io.berth.runner.run.LineProgress;
import io.berth.runner.run.Progress;
import io.berth.storage.Cluster;
import io.berth.storage.StorageUnavailable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Measures what volumes of StorageClasses cost from their claim to their deletion. */
@Command(
        name = "lifecycle",
        mixinStandardHelpOptions = true,
        description = {
            "Measures what volumes of a profile's StorageClass cost apart from their use: claim to Bound,",
            "attach, mount, expand, snapshot, restore, unmount, detach and delete, for several volumes at",
            "once. Each profile with a dataClaim is measured. Everything that is made for it is removed.",
            "docs/volume-life-cycle.md says what each step spans. Exit code 4: some step that a class has",
            "was not measured."
        },
        footer = {
            "",
            "Examples:",
            "  berth lifecycle suites/kubernetes.yaml --profile nfs.yaml --out results/volumes",
            "  berth lifecycle suites/kubernetes.yaml --profile nfs.yaml --profile disks.yaml --volumes 1,10,100"
        })
final class LifecycleCommand implements Callable<Integer> {
    private static final int MOST_VOLUMES = 1000;

    @ParentCommand
    private Berth berth;

    @Mixin
    private PlanMixin options;

    @Option(
            names = "--volumes",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,10,30",
            description = "How many volumes at once, one measurement for each number; 1,10,30 if absent.")
    private List<Integer> volumes = List.of();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Results directory; results/SUITE-DATE-TIME if absent. Must be new or empty.")
    private @Nullable Path out;

    @Override
    public Integer call() {
        for (int count : volumes) {
            if (count < 1 || count > MOST_VOLUMES) {
                throw new BadInput("--volumes has %d (allowed: 1 to %d)".formatted(count, MOST_VOLUMES));
            }
        }
        Plan plan = options.plan(berth).withoutTrials();
        if (plan.kubernetes().isEmpty()) {
            throw new BadInput(
                    "suite \"%s\" has no kubernetes: section, and only a Kubernetes has StorageClasses (allowed: a suite like suites/kubernetes.yaml)"
                            .formatted(plan.suite()));
        }
        try (Cluster cluster = Cluster.of(plan.master(), plan.kubernetes().get(), plan.run())) {
            Lifecycle lifecycle = new Lifecycle(cluster, InstantSource.system());
            List<StorageProfile> profiles =
                    plan.profiles().stream().filter(lifecycle::hasClass).toList();
            if (profiles.isEmpty()) {
                throw new BadInput(
                        "no profile has a dataClaim that a StorageClass provides volumes for (given: %s); see storage-profiles/profiles/volume-class.yaml"
                                .formatted(String.join(
                                        ", ",
                                        plan.profiles().stream()
                                                .map(StorageProfile::name)
                                                .toList())));
            }
            profiles.forEach(lifecycle::check);
            ResultsDirectory directory = Running.create(out == null ? RunCommand.defaultOut(plan) : out, plan);
            return measure(lifecycle, profiles, directory);
        }
    }

    private int measure(Lifecycle lifecycle, List<StorageProfile> profiles, ResultsDirectory directory) {
        List<VolumeWave> waves = new ArrayList<>();
        boolean whole = true;
        try (ResultsDirectory.Lock lock = Running.lock(directory);
                Progress progress = new LineProgress(berth.err())) {
            Objects.requireNonNull(lock);
            Running.stopOnInterrupt(lifecycle::interrupt, progress::note);
            // Profile by profile, so that a cluster that slows down meanwhile doesn't make the last one look bad.
            for (int count : volumes) {
                for (StorageProfile profile : profiles) {
                    if (lifecycle.isInterrupted()) {
                        break;
                    }
                    progress.note("%s, %d at once".formatted(profile.name(), count));
                    try {
                        VolumeWave wave = lifecycle.measure(profile, count);
                        whole &= wave.unmeasured().isEmpty();
                        wave.unmeasured()
                                .forEach((step, why) ->
                                        progress.note("  %s: not measured: %s".formatted(step.title(), why)));
                        waves.add(wave);
                        directory.seal(waves);
                    } catch (StorageUnavailable e) {
                        whole = false;
                        progress.note("berth: " + e.getMessage());
                    } finally {
                        whole &= removed(lifecycle, directory, progress);
                    }
                }
            }
            Report report = Report.of(directory.results());
            directory.replace("report.html", report.html());
            berth.out().print(report.text());
            progress.note("Report: " + directory.path().resolve("report.html"));
        } catch (IOException e) {
            throw new Berth.Stopped(directory.path(), e);
        }
        return lifecycle.isInterrupted()
                ? ExitCode.INTERRUPTED
                : waves.isEmpty() ? ExitCode.SET_UP : whole ? ExitCode.DONE : ExitCode.INCOMPLETE;
    }

    private static boolean removed(Lifecycle lifecycle, ResultsDirectory directory, Progress progress) {
        Optional<StorageUnavailable> stays = Running.remove(lifecycle::remove, directory);
        stays.ifPresent(it -> progress.note("berth: " + it.getMessage()));
        return stays.isEmpty();
    }
}

package io.berth.runner.cli;

import io.berth.model.suite.StorageProfile;
import io.berth.storage.Profiles;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageBackends;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Lists storage profiles and the settings of their backends. */
@Command(
        name = "profiles",
        mixinStandardHelpOptions = true,
        description = "Lists the known storage profiles, and the backends with their settings.",
        footer = {"", "Example:", "  berth profiles"})
final class ProfilesCommand implements Callable<Integer> {
    @ParentCommand
    private Berth berth;

    @Override
    public Integer call() {
        PrintStream out = berth.out();
        Profiles profiles = berth.catalog().profiles();
        out.println("Profiles");
        for (String name : profiles.names()) {
            StorageProfile profile = profiles.read(name, Path.of(""));
            out.printf(
                    "  %-20s %-10s %-12s %s%n",
                    profile.name(), profile.backend(), profile.accessType().label(), profile.description());
            out.printf("  %-20s %s%n", "", new TreeMap<>(profile.settings()));
        }
        out.println();
        out.println("Backends and their settings; add a profile as storage-profiles/profiles/NAME.yaml");
        for (StorageBackend backend : StorageBackends.all()) {
            out.printf("  %s: %s%n", backend.name(), backend.description());
            backend.settings()
                    .forEach(setting -> out.printf(
                            "    %-12s %s%s: %s%n",
                            setting.name(),
                            setting.kind().description(),
                            setting.required() ? ", required" : "",
                            setting.description()));
        }
        return ExitCode.DONE;
    }
}

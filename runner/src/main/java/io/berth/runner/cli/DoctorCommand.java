package io.berth.runner.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.berth.model.plan.Plan;
import io.berth.model.text.BadInput;
import io.berth.model.text.Formats;
import io.berth.runner.doctor.Doctor;
import io.berth.runner.doctor.Finding;
import io.berth.storage.Cluster;
import io.berth.storage.Trees;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Says before a run what would make it fail. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Looks at what a run would need, and measures nothing: rights, quotas, nodes, classes and claims, servers,",
            "credentials, clocks, and a file written from a pod. Each finding says what to do. What it makes, it removes,",
            "also when it is interrupted.",
            "Exit code 0: nothing was found; 3: something was; 130: interrupted (Ctrl-C, SIGTERM, SIGHUP)."
        },
        footer = {
            "",
            "Examples:",
            "  berth doctor suites/kubernetes.yaml --profile path/to/nfs.yaml",
            "  berth doctor --profile local-disk --format json"
        })
final class DoctorCommand implements Callable<Integer> {
    /** The forms that findings take. */
    enum Format {
        TEXT,
        JSON
    }

    @ParentCommand
    private Berth berth;

    @Mixin
    private PlanMixin options;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text or json; text if absent.")
    private Format format;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "How long a pod may take to start; 60 if absent.")
    private int wait;

    @Override
    public Integer call() throws IOException {
        if (wait < 1) {
            throw new BadInput("--wait is %d (allowed: 1 and more)".formatted(wait));
        }
        Plan plan = options.plan(berth);
        Optional<Cluster> cluster =
                plan.kubernetes().map(kubernetes -> Cluster.of(plan.master(), kubernetes, plan.run()));
        cluster.ifPresent(it -> berth.err()
                .printf(
                        "What is made for it in namespace %s is labelled %s=%s, and removed at the end.%n",
                        it.namespace(), Cluster.RUN_LABEL, it.run()));
        Path logs = Files.createTempDirectory("berth-doctor");
        Doctor doctor = new Doctor(plan, cluster, logs, Duration.ofSeconds(wait), InstantSource.system());
        Running.stopOnInterrupt(doctor::interrupt, berth.err()::println);
        List<Finding> findings;
        try {
            findings = doctor.examine();
        } finally {
            discard(logs);
            cluster.ifPresent(Cluster::close);
        }
        if (doctor.interrupted() && findings.isEmpty()) {
            return ExitCode.INTERRUPTED;
        }
        show(findings);
        return doctor.interrupted() ? ExitCode.INTERRUPTED : findings.isEmpty() ? ExitCode.DONE : ExitCode.SET_UP;
    }

    static void discard(Path logs) {
        try {
            Trees.delete(logs);
        } catch (IOException e) {
            // A temporary directory; the findings matter more.
        }
    }

    private void show(List<Finding> findings) throws JsonProcessingException {
        PrintStream out = berth.out();
        switch (format) {
            case JSON ->
                out.println(Formats.json().writerWithDefaultPrettyPrinter().writeValueAsString(findings));
            case TEXT -> {
                for (Finding finding : findings) {
                    out.printf(
                            "%s%s%n    %s%n    do: %s%n",
                            finding.code(),
                            finding.profile().map(name -> "  " + name).orElse(""),
                            finding.found(),
                            finding.advice());
                }
                if (findings.isEmpty()) {
                    out.println("Nothing was found.");
                }
            }
        }
    }
}

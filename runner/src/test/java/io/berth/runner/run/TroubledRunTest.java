package io.berth.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Plan;
import io.berth.model.plan.Trial;
import io.berth.model.records.RecordWriter;
import io.berth.model.results.ResultsDirectory;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.TrialResult;
import io.berth.runner.Installation;
import io.berth.runner.plan.Catalog;
import io.berth.runner.plan.PlanOptions;
import io.berth.runner.plan.Planner;
import io.berth.runner.submit.ApplicationEnd;
import io.berth.runner.submit.ApplicationEnd.Way;
import io.berth.runner.submit.Submission;
import io.berth.runner.submit.Submitter;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.spark.deploy.SparkSubmit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong around applications; these do what they should at once, without a process of their own. */
class TroubledRunTest {
    private static final String TROUBLED = "block1-conforming-other";

    @TempDir
    private Path temp;

    private ResultsDirectory results;
    private Catalog catalog;
    private final List<String> notes = new ArrayList<>();
    private final Set<Object> reports = new HashSet<>();
    private Optional<Run> run = Optional.empty();

    @BeforeEach
    void plan() throws IOException {
        plan(2);
    }

    private void plan(int blocks) throws IOException {
        catalog = new Catalog(Installation.in(temp.resolve("home" + blocks)).home());
        PlanOptions options = new PlanOptions(
                List.of(),
                List.of(),
                OptionalInt.of(blocks),
                OptionalLong.empty(),
                Optional.empty(),
                List.of("berth", "run"));
        Plan plan = new Planner(catalog, new Random(1)).plan(catalog.quickstart(), options);
        results = ResultsDirectory.create(temp.resolve("results" + blocks), plan);
    }

    /** Meets one trial with trouble; {@code super.run} is the application itself. */
    private static class Troubling implements Submitter {
        @Override
        public ApplicationEnd run(Submission submission, BooleanSupplier goOn) throws IOException {
            return submission.spec().trial().equals(TROUBLED) ? trouble(submission) : application(submission);
        }

        ApplicationEnd trouble(Submission submission) throws IOException {
            return application(submission);
        }

        ApplicationEnd application(Submission submission) throws IOException {
            try (OutputStream file = Files.newOutputStream(submission.records());
                    RecordWriter writer = new RecordWriter(file)) {
                SparkSubmit.run(submission.spec(), "good", writer);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return new ApplicationEnd(Way.EXITED, 0, Duration.ofMillis(1));
        }

        @Override
        public void interrupt() {}
    }

    /** On a terminal Ctrl-C reaches servers and applications as well, and the runner may hear of their end first. */
    @Test
    void whatDiesWhileTheRunIsInterruptedHasNotFailed() throws IOException {
        Run.End end = execute(new Troubling() {
            @Override
            ApplicationEnd trouble(Submission submission) throws IOException {
                application(submission);
                run.orElseThrow().interrupt();
                return new ApplicationEnd(Way.EXITED, 17, Duration.ofMillis(1));
            }
        });

        assertThat(end).isEqualTo(Run.End.INTERRUPTED);
        assertThat(sealed(TROUBLED)).isEmpty();
        assertThat(results.path().resolve("report.html")).exists();
        assertThat(execute(new Troubling())).isEqualTo(Run.End.COMPLETE);
    }

    @Test
    void whatIsCompletedWhileTheRunIsInterruptedIsKept() throws IOException {
        Run.End end = execute(new Troubling() {
            @Override
            ApplicationEnd trouble(Submission submission) throws IOException {
                run.orElseThrow().interrupt();
                return application(submission);
            }
        });

        assertThat(end).isEqualTo(Run.End.INTERRUPTED);
        assertThat(sealed(TROUBLED)).isPresent();
    }

    @Test
    void aClusterThatRefusesOnceFailsOneTrial() throws IOException {
        Run.End end = execute(new Troubling() {
            @Override
            ApplicationEnd trouble(Submission submission) {
                throw new KubernetesClientException("etcdserver: leader changed");
            }
        });

        assertThat(end).isEqualTo(Run.End.WITH_FAILURES);
        assertThat(sealed(TROUBLED).orElseThrow().decisive().outcome())
                .isEqualTo(new TrialOutcome.Failed(TrialOutcome.Cause.INFRASTRUCTURE, "etcdserver: leader changed"));
        assertThat(results.results().trials()).hasSize(6);
    }

    @Test
    void whatCanNotBeRemovedIsToldAndCostsNoMeasurement() throws Exception {
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "only root may mount what can't be removed then");
        Path stuck = temp.resolve("stuck");
        try {
            Run.End end = execute(new Troubling() {
                @Override
                ApplicationEnd trouble(Submission submission) throws IOException {
                    Path output = Path.of(URI.create(submission.spec().outputUri()));
                    Files.createDirectories(output.resolve("stuck"));
                    Files.writeString(output.resolve("file"), "x");
                    Files.createSymbolicLink(stuck, output.resolve("stuck"));
                    mount("mount", "-t", "tmpfs", "tmpfs", stuck.toRealPath().toString());
                    return application(submission);
                }
            });

            assertThat(end).isEqualTo(Run.End.COMPLETE);
            assertThat(notes).hasSize(2).allSatisfy(note -> assertThat(note).contains("can't be removed", "busy"));
            assertThat(notes.get(0)).startsWith("berth: after " + TROUBLED + ": ");
            assertThat(stuck.toRealPath().resolveSibling("file")).doesNotExist();
        } finally {
            mount("umount", stuck.toRealPath().toString());
        }
    }

    private static void mount(String... command) throws IOException {
        try {
            assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                    .isZero();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aReportAfterEachOfManyShortBlocksWouldTakeLongerThanThey() throws IOException {
        plan(100);

        assertThat(execute(new Troubling())).isEqualTo(Run.End.COMPLETE);

        assertThat(reports.size()).isBetween(1, 20);
        assertThat(results.path().resolve("report.html")).content().contains("block100-conforming-other");
    }

    private Optional<TrialResult> sealed(String trial) {
        return results.results().trials().stream()
                .filter(result -> result.trial().id().equals(trial))
                .findFirst();
    }

    private Run.End execute(Submitter submitter) throws IOException {
        try (ResultsDirectory.Lock lock = results.lock()) {
            Objects.requireNonNull(lock);
            run = Optional.of(new Run(
                    results,
                    submitter,
                    catalog.profiles().read("local-disk", Path.of("")),
                    Optional.empty(),
                    new Noting(),
                    InstantSource.system()));
            return run.get().execute();
        }
    }

    private final class Noting implements Progress {
        @Override
        public void begin(int count, Duration estimate) {}

        @Override
        public void started(Trial trial, Duration estimatedRest) {
            try {
                Path report = results.path().resolve("report.html");
                if (Files.exists(report)) {
                    reports.add(Files.getLastModifiedTime(report));
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void ended(TrialResult result, Duration estimatedRest) {}

        @Override
        public void note(String line) {
            notes.add(line);
        }

        @Override
        public void close() {}
    }
}

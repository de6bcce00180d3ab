package io.berth.runner.submit;

import io.berth.model.records.RecordLine;
import io.berth.model.records.RecordReader;
import io.berth.model.records.RecordReader.Records;
import io.berth.model.results.Answer;
import io.berth.model.results.DataSetFact;
import io.berth.model.results.Environment;
import io.berth.model.results.IterationIo;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.Lifecycle;
import io.berth.model.results.Measurements;
import io.berth.model.results.MountFact;
import io.berth.model.results.OperationHistogram;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.TrialOutcome.Cause;
import io.berth.model.results.Warning;
import io.berth.model.text.FormatVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Turns what an application left, its records, its exit code and its log, into facts and an outcome. */
public final class AttemptReader {
    private static final int TAIL_BYTES = 1 << 16;

    private AttemptReader() {}

    /**
     * What an application said, sorted, and the outcome that follows from it.
     *
     * @param outcome     how the trial ended
     * @param lifecycle   absent if it didn't get so far
     * @param environment absent if it didn't get so far
     * @param mounts      what it found
     * @param nonces      what its processes left on the storage: content by file
     * @param dataSets    what it made or read
     * @param warnings    what it warned of
     */
    public record Reading(
            TrialOutcome outcome,
            Optional<Lifecycle> lifecycle,
            Optional<Environment> environment,
            List<MountFact> mounts,
            Map<String, String> nonces,
            List<DataSetFact> dataSets,
            List<Warning> warnings) {}

    /** Reads what a submission left after its end. */
    public static Reading read(Submission submission, ApplicationEnd end) throws IOException {
        Records records;
        try (InputStream in = Files.newInputStream(submission.records())) {
            records = RecordReader.read(in);
        } catch (NoSuchFileException e) {
            records = new Records(List.of(), Optional.of("it wrote no records"));
        }
        return read(submission, end, records, tail(submission.log()));
    }

    static Reading read(Submission submission, ApplicationEnd end, Records records, List<String> logTail) {
        Optional<Lifecycle> lifecycle = Optional.empty();
        Optional<Environment> environment = Optional.empty();
        Optional<TrialOutcome> failure = Optional.empty();
        List<String> distrust = new ArrayList<>();
        List<MountFact> mounts = new ArrayList<>();
        Map<String, String> nonces = new TreeMap<>();
        List<DataSetFact> dataSets = new ArrayList<>();
        List<Warning> warnings = new ArrayList<>();
        List<IterationMeasurement> iterations = new ArrayList<>();
        List<StageMeasurement> stages = new ArrayList<>();
        List<OperationHistogram> histograms = new ArrayList<>();
        List<Answer> answers = new ArrayList<>();
        List<IterationIo> io = new ArrayList<>();
        for (RecordLine line : records.lines()) {
            if (line instanceof RecordLine.LifecycleDone it) {
                lifecycle = Optional.of(it.lifecycle());
            } else if (line instanceof RecordLine.EnvironmentSeen it) {
                environment = Optional.of(it.environment());
            } else if (line instanceof RecordLine.MountSeen it) {
                mounts.add(it.mount());
            } else if (line instanceof RecordLine.NonceLeft it) {
                nonces.put(it.file(), it.nonce());
            } else if (line instanceof RecordLine.DataSetReady it) {
                dataSets.add(it.dataSet());
            } else if (line instanceof RecordLine.Warned it) {
                warnings.add(new Warning(it.code(), it.message()));
            } else if (line instanceof RecordLine.IterationDone it) {
                iterations.add(it.iteration());
            } else if (line instanceof RecordLine.StageDone it) {
                stages.add(it.stage());
            } else if (line instanceof RecordLine.HistogramTaken it) {
                histograms.add(it.histogram());
            } else if (line instanceof RecordLine.IoDone it) {
                io.add(it.io());
            } else if (line instanceof RecordLine.Answered it) {
                answers.add(it.answer());
            } else if (line instanceof RecordLine.Distrusted it) {
                distrust.add(it.reason());
            } else if (line instanceof RecordLine.Failure it) {
                failure = Optional.of(new TrialOutcome.Failed(
                        it.infrastructure() ? Cause.INFRASTRUCTURE : Cause.APPLICATION, it.reason()));
            }
        }
        Measurements measurements = new Measurements(iterations, stages, histograms, answers, io);
        Optional<TrialOutcome> reported = failure;
        Optional<String> distrusted =
                distrust.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", new LinkedHashSet<>(distrust)));
        TrialOutcome outcome = end.way() == ApplicationEnd.Way.TIMED_OUT
                ? new TrialOutcome.TimedOut(submission.spec().timeLimitSeconds())
                : stranger(submission, records)
                        .or(end::failure)
                        .<TrialOutcome>map(it -> it)
                        .or(() -> reported)
                        .or(() -> death(submission, end, records, logTail))
                        .or(() -> doubt(measurements, submission))
                        .or(() -> distrusted.map(reason -> new TrialOutcome.Unverified(reason, answers)))
                        .orElse(new TrialOutcome.Completed(measurements));
        return new Reading(outcome, lifecycle, environment, mounts, nonces, dataSets, warnings);
    }

    /** An application that isn't of this berth, whatever else it says. */
    private static Optional<TrialOutcome.Failed> stranger(Submission submission, Records records) {
        return records.format()
                .map(format -> new TrialOutcome.Failed(
                        Cause.APPLICATION,
                        "%s is of %s berth: it speaks format %s, and this runner %s alone; make it with the berth that runs it"
                                .formatted(
                                        submission.application(),
                                        format.isAfter(FormatVersion.CURRENT) ? "a newer" : "an older",
                                        format,
                                        FormatVersion.CURRENT)));
    }

    /** An application that didn't say that it failed, yet didn't end as it should. */
    private static Optional<TrialOutcome> death(
            Submission submission, ApplicationEnd end, Records records, List<String> logTail) {
        if (end.exitCode() == 0 && records.defect().isEmpty()) {
            boolean right = records.lines().stream()
                    .anyMatch(line -> line instanceof RecordLine.Started started
                            && started.trial().equals(submission.spec().trial()));
            return right
                    ? Optional.empty()
                    : Optional.of(new TrialOutcome.Failed(
                            Cause.APPLICATION,
                            "its records are not those of trial "
                                    + submission.spec().trial()));
        }
        Optional<String> outOfMemory = logTail.stream()
                .filter(line -> line.contains("java.lang.OutOfMemoryError"))
                .findFirst();
        if (outOfMemory.isPresent()) {
            return Optional.of(new TrialOutcome.Failed(
                    Cause.APPLICATION,
                    "the driver ran out of memory (%s); raise spark.driver.memory"
                            .formatted(outOfMemory.get().strip())));
        }
        if (end.exitCode() == 128 + 9 || end.exitCode() == 128 + 15) {
            return Optional.of(new TrialOutcome.Failed(
                    Cause.INFRASTRUCTURE,
                    "the driver was killed by signal %d from outside of berth; was the machine out of memory?"
                            .formatted(end.exitCode() - 128)));
        }
        String what = end.exitCode() == 0
                ? "the driver ended, but its record is not whole: "
                        + records.defect().orElse("")
                : "the driver died with exit code %d".formatted(end.exitCode());
        String last = logTail.stream()
                .filter(line -> line.contains("Exception") || line.contains("Error"))
                .reduce((first, second) -> second)
                .or(() -> logTail.stream().filter(line -> !line.isBlank()).reduce((first, second) -> second))
                .map(line -> "; its log says: " + line.strip())
                .orElse("; its log is empty");
        return Optional.of(new TrialOutcome.Failed(Cause.APPLICATION, what + last));
    }

    private static Optional<TrialOutcome> doubt(Measurements measurements, Submission submission) {
        for (Answer answer : measurements.answers()) {
            if (!answer.matches()) {
                return Optional.of(new TrialOutcome.Unverified(
                        "wrong answer of step %s: %d rows with checksum %s (expected: %s)"
                                .formatted(
                                        answer.step(),
                                        answer.rows(),
                                        answer.checksum(),
                                        answer.expected().orElse("")),
                        measurements.answers()));
            }
        }
        int expected = submission.spec().measuredIterations();
        return switch (submission.spec().kind()) {
            case PREPARE -> Optional.empty();
            case MEASURE -> {
                if (measurements.measured().size() != expected) {
                    yield Optional.of(new TrialOutcome.Unverified(
                            "%d measured iterations were recorded (expected: %d)"
                                    .formatted(measurements.measured().size(), expected),
                            measurements.answers()));
                }
                yield measurements.answers().isEmpty()
                        ? Optional.of(new TrialOutcome.Unverified("the workload verified nothing", List.of()))
                        : Optional.empty();
            }
        };
    }

    /** Logs can be larger than the runner's heap. */
    static List<String> tail(Path log) throws IOException {
        if (!Files.exists(log)) {
            return List.of();
        }
        try (FileChannel in = FileChannel.open(log)) {
            long from = Math.max(0, in.size() - TAIL_BYTES);
            in.position(from);
            String text = new String(Channels.newInputStream(in).readNBytes(TAIL_BYTES), StandardCharsets.ISO_8859_1);
            List<String> lines = text.lines().toList();
            // The first line has lost its beginning.
            return from > 0 && lines.size() > 1 ? lines.subList(1, lines.size()) : lines;
        }
    }
}

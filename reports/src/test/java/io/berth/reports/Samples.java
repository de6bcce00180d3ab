package io.berth.reports;

import io.berth.model.results.Results;
import io.berth.model.results.TrialOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Writes the reports of several fixtures to a directory, to be looked at in a browser. */
final class Samples {
    private static final Map<String, Results> ALL = made();

    private Samples() {}

    static Map<String, Results> all() {
        return ALL;
    }

    private static Map<String, Results> made() {
        Map<String, Results> samples = new LinkedHashMap<>();
        samples.put("quickstart", ResultsFixture.results().build());
        samples.put(
                "first-block",
                ResultsFixture.results().only(trial -> trial.block() <= 1).build());
        samples.put(
                "probed",
                ResultsFixture.results()
                        .nfs()
                        .blocks(6)
                        .probe()
                        .histograms()
                        .queries(10)
                        .build());
        samples.put(
                "failures",
                ResultsFixture.results()
                        .nfs()
                        .outcome(
                                ResultsFixture.id(ResultsFixture.SQL, ResultsFixture.NFS, 2),
                                new TrialOutcome.Failed(
                                        TrialOutcome.Cause.APPLICATION, "java.lang.OutOfMemoryError: Java heap space"))
                        .outcome(
                                ResultsFixture.id(ResultsFixture.IO, ResultsFixture.NFS, 1),
                                new TrialOutcome.TimedOut(300))
                        .numbers(
                                "b03-" + ResultsFixture.IO + "-" + ResultsFixture.MEMORY,
                                it -> ResultsFixture.withAnswers(
                                        it,
                                        answer -> new io.berth.model.results.Answer(
                                                answer.step(), answer.rows(), "deadbeef", answer.expected())))
                        .build());
        samples.put("volumes", VolumeFixture.results());
        return samples;
    }

    static Results named(String name) {
        return Objects.requireNonNull(all().get(name), name);
    }

    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createDirectories(Path.of(arguments[0]));
        for (Map.Entry<String, Results> sample : all().entrySet()) {
            Report report = Report.of(sample.getValue());
            Files.writeString(directory.resolve(sample.getKey() + ".html"), report.html());
            Files.writeString(directory.resolve(sample.getKey() + ".txt"), report.text());
            Files.writeString(directory.resolve(sample.getKey() + ".json"), report.json());
        }
    }
}

package io.berth.reports;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Cell;
import io.berth.model.results.Results;
import io.berth.model.results.TrialOutcome;
import io.berth.model.suite.AccessType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.TimeZone;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The reports byte by byte. After an intended change, {@code mvn -pl model,reports test -Dtest=GoldenTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dberth.golden=write} writes them anew; the diff is what is to be reviewed.
 */
class GoldenTest {
    /** Made before a test changes the locale. */
    private static final Results SMALL = small();

    private static Results small() {
        return ResultsFixture.results()
                .with(ResultsFixture.profile("nfs-filer", "mount", "An NFS 4.2 export of the filer", AccessType.NAS))
                .blocks(2)
                .queries(2)
                .probe()
                .histograms()
                .outcome(
                        ResultsFixture.id(ResultsFixture.IO, ResultsFixture.NFS, 2),
                        new TrialOutcome.Failed(
                                TrialOutcome.Cause.APPLICATION, "java.io.IOException: Stale file handle"))
                .build();
    }

    private static String rendered(String form) {
        Report report = Report.of(SMALL);
        return switch (form) {
            case "html" -> report.html();
            case "json" -> report.json();
            case "explain.txt" -> report.explanation(new Cell(ResultsFixture.SQL, ResultsFixture.NFS));
            default -> report.text();
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"html", "json", "txt", "explain.txt"})
    void reportIsTheGoldenOne(String form) throws IOException {
        String resource = "golden/small." + form;
        String actual = rendered(form);
        if ("write".equals(System.getProperty("berth.golden"))) {
            Path source = Path.of("src/test/resources/io/berth/reports").resolve(resource);
            Files.createDirectories(Objects.requireNonNull(source.getParent()));
            Files.writeString(source, actual);
            return;
        }
        try (var golden = Objects.requireNonNull(GoldenTest.class.getResourceAsStream(resource), resource)) {
            assertThat(actual).isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void reportDoesNotDependOnLocaleOrTimeZone() {
        Locale locale = Locale.getDefault();
        TimeZone zone = TimeZone.getDefault();
        String before = rendered("html") + rendered("json") + rendered("txt");
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Auckland"));

            assertThat(rendered("html") + rendered("json") + rendered("txt")).isEqualTo(before);
        } finally {
            Locale.setDefault(locale);
            TimeZone.setDefault(zone);
        }
    }

    @Test
    void textStaysWithinAHundredColumns() {
        Samples.all().values().forEach(results -> {
            Report report = Report.of(results);
            String all = report.text()
                    + results.plan().cells().stream().map(report::explanation).collect(Collectors.joining());
            assertThat(all.lines()).allMatch(line -> line.codePointCount(0, line.length()) <= 100);
        });
    }
}

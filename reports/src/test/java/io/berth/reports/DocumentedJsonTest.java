package io.berth.reports;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.results.Results;
import io.berth.model.text.Formats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The report's JSON and its description are the same. */
class DocumentedJsonTest {
    private static final Path DOCUMENT = Path.of("../docs/report-json.md");
    private static final Pattern QUOTED = Pattern.compile("`([A-Za-z0-9]+)`");
    /** Objects whose keys are names of the workload's, or of the report's parts of the time. */
    private static final Set<String> FREE = Set.of("details", "split");

    private static Set<String> keys() throws IOException {
        Set<String> keys = new TreeSet<>();
        Results run = ResultsFixture.results()
                .nfs()
                .probe()
                .histograms()
                .attempt(
                        "b01",
                        it -> ResultsFixture.withWarnings(it, new io.berth.model.results.Warning("disturbed", "so")))
                .build();
        Results all = new Results(run.plan(), run.trials(), VolumeFixture.waves());
        collect(Formats.json().readTree(Report.of(all).json()), keys);
        return keys;
    }

    private static void collect(JsonNode node, Set<String> keys) {
        node.properties().forEach(it -> {
            keys.add(it.getKey());
            if (!FREE.contains(it.getKey())) {
                collect(it.getValue(), keys);
            }
        });
        if (node.isArray()) {
            node.forEach(it -> collect(it, keys));
        }
    }

    @Test
    void everyKeyIsDescribed() throws IOException {
        Set<String> described = new TreeSet<>();
        QUOTED.matcher(Files.readString(DOCUMENT)).results().forEach(it -> described.add(it.group(1)));

        assertThat(described).containsAll(keys());
    }

    @Test
    void everyKeyOfATableIsThere() throws IOException {
        Set<String> inTables = new TreeSet<>();
        Files.readString(DOCUMENT)
                .lines()
                // The table of outcomes has values, not keys.
                .filter(it -> it.startsWith("| `") && it.split("\\|", -1)[2].matches(" [a-z].*"))
                .filter(it -> !it.split("\\|", -1)[2].matches(" (yes|no).*"))
                .forEach(it ->
                        QUOTED.matcher(it.split("\\|", -1)[1]).results().forEach(key -> inTables.add(key.group(1))));

        assertThat(inTables).isNotEmpty();
        assertThat(keys()).containsAll(inTables);
    }
}

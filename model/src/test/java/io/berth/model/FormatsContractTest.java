package io.berth.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.berth.model.plan.Plan;
import io.berth.model.plan.TrialSpec;
import io.berth.model.records.RecordReader;
import io.berth.model.records.RecordWriter;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.TrialResult;
import io.berth.model.text.FormatVersion;
import io.berth.model.text.Formats;
import io.berth.model.volumes.VolumeLives;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The formats that processes of different versions meet in. A change that breaks one of these tests changes the format:
 * only additions are allowed within a major version. The golden files are written anew with
 * {@code mvn -pl model test -Dberth.golden=write}.
 */
class FormatsContractTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @Test
    void theTrialSpecIsItsGoldenFile() throws IOException {
        String json = pretty(Samples.spec());

        assertThat(json).isEqualTo(golden("trial-spec.json", json));
        assertThat(Formats.json().readValue(json, TrialSpec.class)).isEqualTo(Samples.spec());
    }

    @Test
    void theRecordLinesAreTheirGoldenFile() throws IOException {
        String lines = recordLines();

        assertThat(lines).isEqualTo(golden("records.jsonl", lines));
        RecordReader.Records read = read(lines);
        assertThat(read.defect()).isEmpty();
        assertThat(read.lines()).isEqualTo(Samples.records());
    }

    @Test
    void thePlanIsItsGoldenFile() throws IOException {
        String json = pretty(Samples.plan());

        assertThat(json).isEqualTo(golden("plan.json", json));
        assertThat(Formats.json().readValue(json, Plan.class)).isEqualTo(Samples.plan());
    }

    @Test
    void theTrialFileIsItsGoldenFile() throws IOException {
        String json = pretty(Samples.result());

        assertThat(json).isEqualTo(golden("trial.json", json));
        assertThat(Formats.json().readValue(json, TrialResult.class)).isEqualTo(Samples.result());
    }

    @Test
    void theLivesOfVolumesAreTheirGoldenFile() throws IOException {
        VolumeLives lives = new VolumeLives(FormatVersion.CURRENT, Samples.waves());
        String json = pretty(lives);

        assertThat(json).isEqualTo(golden("volumes.json", json));
        assertThat(Formats.json().readValue(json, VolumeLives.class)).isEqualTo(lives);
    }

    @ParameterizedTest
    @ValueSource(strings = {"trial-spec.json", "plan.json", "trial.json"})
    void aFieldOfANewerMinorVersionIsIgnored(String name) throws IOException {
        ObjectNode tree =
                (ObjectNode) Formats.json().readTree(GOLDEN.resolve(name).toFile());
        Class<?> type =
                name.equals("plan.json") ? Plan.class : name.equals("trial.json") ? TrialResult.class : TrialSpec.class;
        Object before = Formats.json().treeToValue(tree, type);
        tree.put("addedLater", true).put("format", "1.99");

        Object after = Formats.json().treeToValue(tree, type);

        assertThat(Formats.json().<JsonNode>valueToTree(after).path("format").textValue())
                .isEqualTo("1.99");
        assertThat(without(after)).isEqualTo(without(before));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0", "1.1"})
    void theFilesOfEarlierVersionsAreReadable(String version) throws IOException {
        Path golden = GOLDEN.resolve(version);
        Plan plan = Formats.json().readValue(golden.resolve("plan.json").toFile(), Plan.class);
        TrialResult trial =
                Formats.json().readValue(golden.resolve("trial.json").toFile(), TrialResult.class);

        assertThat(plan.berth().isPresent()).isEqualTo(!version.equals("1.0"));
        assertThat(plan.trials()).hasSize(2);
        assertThat(plan.workloads())
                .allSatisfy(workload -> assertThat(workload.sparkVersion()).isEmpty());
        assertThat(trial.attempts()).hasSize(2);
        assertThat(trial.decisive().pods().isEmpty()).isEqualTo(version.equals("1.0"));
        assertThat(((TrialOutcome.Completed) trial.decisive().outcome())
                        .measurements()
                        .measured())
                .isNotEmpty();
    }

    /** Whoever wrote them has ignored what this version has added to the trial spec. */
    @ParameterizedTest
    @ValueSource(strings = {"1.0", "1.1"})
    void theRecordsOfEarlierVersionsAreRefused(String version) throws IOException {
        RecordReader.Records read =
                read(Files.readString(GOLDEN.resolve(version).resolve("records.jsonl")));

        assertThat(read.format()).contains(FormatVersion.parse(version));
        assertThat(read.defect())
                .contains("the application's record has format version %s, but this berth reads %s"
                        .formatted(version, FormatVersion.CURRENT));
        assertThat(read.lines()).isEmpty();
    }

    @Test
    void aTrialFromBeforeAFieldWasAddedIsReadable() throws IOException {
        ObjectNode tree = (ObjectNode)
                Formats.json().readTree(GOLDEN.resolve("trial.json").toFile());
        ((ObjectNode) tree.at("/attempts/1/outcome/measurements")).remove("io");

        TrialResult read = Formats.json().treeToValue(tree, TrialResult.class);

        assertThat(((TrialOutcome.Completed) read.decisive().outcome())
                        .measurements()
                        .io())
                .isEmpty();
    }

    @Test
    void aCutOffRecordKeepsItsGoodLines() throws IOException {
        String whole = recordLines();
        String cut = whole.substring(0, whole.indexOf("\n", whole.length() / 2) - 3);

        RecordReader.Records read = read(cut);

        assertThat(read.defect().orElseThrow()).contains("is cut off");
        assertThat(Samples.records()).startsWith(read.lines().toArray(io.berth.model.records.RecordLine[]::new));
        assertThat(read.lines()).isNotEmpty();
    }

    @Test
    void aRecordWithoutItsEndIsDefective() throws IOException {
        String whole = recordLines();

        RecordReader.Records read = read(whole.substring(0, whole.lastIndexOf("\n", whole.length() - 2) + 1));

        assertThat(read.lines()).isEqualTo(Samples.records());
        assertThat(read.defect()).isEqualTo(Optional.of("the end record is missing after 15 lines"));
    }

    @Test
    void aChangedByteIsFound() throws IOException {
        RecordReader.Records read = read(recordLines().replace("c0ffee", "c0ffed"));

        assertThat(read.defect().orElseThrow()).contains("SHA-256");
    }

    @Test
    void aLostLineIsFound() throws IOException {
        String whole = recordLines();
        List<String> lines = whole.lines().toList();

        RecordReader.Records read = read(whole.replace(lines.get(3) + "\n", ""));

        assertThat(read.defect()).isEqualTo(Optional.of("line 4 can't be read: seq is 4 (expected: 3)"));
        assertThat(read.lines()).hasSize(3);
    }

    @Test
    void aLineOfAnUnknownTypeIsADefect() throws IOException {
        assertThat(read("{\"seq\":0,\"type\":\"surprise\"}\n").defect().orElseThrow())
                .contains("surprise");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.99", "2.0"})
    void theRecordsOfNewerVersionsAreRefusedWhateverElseIsInTheirFirstLine(String version) throws IOException {
        RecordReader.Records read = read(recordLines()
                .replaceFirst("\"format\":\"1.\\d+\"", "\"format\":\"%s\",\"type\":\"later\"".formatted(version))
                .replaceFirst(",\"type\":\"started\"", ""));

        assertThat(read.format()).contains(FormatVersion.parse(version));
        assertThat(read.format().orElseThrow().isAfter(FormatVersion.CURRENT)).isTrue();
        assertThat(read.lines()).isEmpty();
    }

    @Test
    void somethingBehindTheEndIsADefect() throws IOException {
        assertThat(read(recordLines() + "{}\n").defect()).isEqualTo(Optional.of("something follows the end record"));
    }

    private static JsonNode without(Object value) {
        ObjectNode tree = Formats.json().valueToTree(value);
        tree.remove("format");
        return tree;
    }

    private static RecordReader.Records read(String lines) throws IOException {
        return RecordReader.read(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
    }

    private static String recordLines() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (RecordWriter writer = new RecordWriter(out)) {
            Samples.records().forEach(writer::write);
            writer.end();
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String pretty(Object value) throws IOException {
        return Formats.json().writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n";
    }

    private static String golden(String name, String actual) throws IOException {
        if ("write".equals(System.getProperty("berth.golden"))) {
            Files.writeString(GOLDEN.resolve(name), actual);
        }
        return Files.readString(GOLDEN.resolve(name));
    }
}

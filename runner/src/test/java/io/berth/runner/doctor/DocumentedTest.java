package io.berth.runner.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What documents and manifests say of the doctor's codes and of rights. */
class DocumentedTest {
    private static final Path HOME = Path.of(System.getProperty("berth.home"));
    private static final Pattern HEADING = Pattern.compile("(?m)^### `([a-z-]+)`$");
    private static final Pattern FOUND = Pattern.compile("(?m)(?:^ +|; )found ([a-z-]+)");

    @Test
    void everyCodeIsDocumentedAndNoOther() throws IOException {
        List<String> documented = HEADING.matcher(Files.readString(HOME.resolve("docs/doctor.md")))
                .results()
                .map(match -> match.group(1))
                .toList();

        assertThat(documented)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(FindingKind.values()).map(FindingKind::code).toList());
    }

    /** In a test of the testbed, which then looks for the finding. */
    @Test
    void everyCodeHasAPlantedFault() throws IOException {
        Set<String> planted = FOUND.matcher(Files.readString(HOME.resolve("testbed/doctor/test")))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toSet());

        assertThat(planted)
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(FindingKind.values()).map(FindingKind::code).toList());
    }

    @Test
    void theRunnersRoleIsWhatItNeedsAndLooksAt() throws IOException {
        assertThat(rights("deploy/runner.yaml", "berth-runner", false))
                .containsExactlyInAnyOrderElementsOf(
                        union(List.of(Right.toRun(), Right.toForward(), Right.toDeploy(), Right.toLookHere())));
    }

    @Test
    void theDriversRoleIsWhatIsAskedFor() throws IOException {
        assertThat(rights("deploy/driver.yaml", "berth", false))
                .containsExactlyInAnyOrderElementsOf(union(List.of(Right.ofDrivers())));
    }

    @Test
    void theClustersRolesAreApart() throws IOException {
        assertThat(rights("deploy/cluster.yaml", "berth-reader", true))
                .containsExactlyInAnyOrderElementsOf(union(List.of(Right.toLookAround())));
        assertThat(rights("deploy/cluster.yaml", "berth-provisioner", true))
                .containsExactlyInAnyOrderElementsOf(
                        union(List.of(Right.toProvideVolumes(), Right.toProvideClasses())));
    }

    private static Set<Right> union(List<List<Right>> rights) {
        Set<Right> union = new HashSet<>();
        rights.forEach(union::addAll);
        return union;
    }

    private static List<Right> rights(String file, String role, boolean clusterly) throws IOException {
        List<Right> rights = new ArrayList<>();
        YAMLMapper yaml = new YAMLMapper();
        try (MappingIterator<JsonNode> documents =
                yaml.readerFor(JsonNode.class).readValues(HOME.resolve(file).toFile())) {
            while (documents.hasNext()) {
                JsonNode document = documents.next();
                if (document.path("kind").asText().endsWith("Role")
                        && document.path("metadata").path("name").asText().equals(role)) {
                    for (JsonNode rule : document.path("rules")) {
                        rule.path("apiGroups")
                                .forEach(group -> rule.path("resources").forEach(resource -> rule.path("verbs")
                                        .forEach(verb -> rights.add(new Right(
                                                group.asText(), resource.asText(), verb.asText(), clusterly)))));
                    }
                }
            }
        }
        return rights;
    }
}

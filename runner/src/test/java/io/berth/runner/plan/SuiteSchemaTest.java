package io.berth.runner.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.berth.model.suite.Kubernetes;
import io.berth.model.suite.Suite;
import io.berth.model.text.Formats;
import io.berth.runner.Installation;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The published JSON Schema says the same as the binding, which is the judge. */
class SuiteSchemaTest {
    private static final Path HOME = Path.of(System.getProperty("berth.home"));

    static List<Path> shippedSuites() throws IOException {
        try (Stream<Path> files = Files.list(HOME.resolve("suites"))) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
    }

    @ParameterizedTest
    @MethodSource("shippedSuites")
    void everyShippedSuiteKeepsToTheSchemaAndCanBePlanned(Path suite) throws IOException {
        assertThat(schema().validate(Formats.yaml().readTree(suite.toFile()))).isEmpty();

        PlanOptions options = new PlanOptions(
                List.of(), List.of(), OptionalInt.empty(), OptionalLong.empty(), Optional.empty(), List.of());
        assertThat(new Planner(new Catalog(HOME), new SecureRandom())
                        .plan(suite, options)
                        .trials())
                .isNotEmpty();
    }

    @Test
    void theSchemaHasTheKeysOfTheBinding() throws IOException {
        JsonNode schema = schemaTree();

        assertThat(schema.path("properties").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrderElementsOf(keys(Suite.class));
        assertThat(schema.path("$defs").path("workload").path("properties").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrderElementsOf(keys(Suite.SuiteWorkload.class));
        assertThat(schema.path("$defs").path("kubernetes").path("properties").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrderElementsOf(keys(Kubernetes.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "blocks: 0",
                "blocks: 1001",
                "blocks: two",
                "name: Big",
                "profiles: []",
                "workloads: []",
                "surprise: 1",
                "kubernetes: {executors: 2}",
                "kubernetes: {image: a, executors: 0}",
                "kubernetes: {image: a, executorCpu: many}",
                "kubernetes: {image: a, imagePullPolicy: Sometimes}",
                "kubernetes: {image: a, surprise: 1}",
                "kubernetes: {image: a, images: {4.1.1: b}}",
                "workloads: [{name: conforming, sparkVersion: \"4\"}]",
                "kubernetes: {image: a, driverTemplate: {containers: []}}",
                "kubernetes: {image: a, executorTemplate: {spec: none}}",
            })
    void whatTheBindingRefusesTheSchemaRefuses(String line) throws IOException {
        String key = line.substring(0, line.indexOf(':'));
        String suite = Installation.suite("good").replaceFirst("(?m)^" + key + ":.*\\n(  .*\\n)*", "") + line + "\n";

        assertThat(schema().validate(Formats.yaml().readTree(suite))).isNotEmpty();
        assertThat(org.assertj.core.api.Assertions.catchThrowable(
                        () -> Formats.yaml().readValue(suite, Suite.class)))
                .isNotNull();
    }

    private static List<String> keys(Class<?> record) {
        return Stream.of(record.getRecordComponents())
                .map(RecordComponent::getName)
                .toList();
    }

    private static JsonSchema schema() throws IOException {
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(schemaTree());
    }

    private static JsonNode schemaTree() throws IOException {
        return Formats.json()
                .readTree(HOME.resolve("docs/schema/suite.schema.json").toFile());
    }
}

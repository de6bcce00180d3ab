package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.suite.WorkloadDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What lies beside the classes fits them. */
final class ShippedTest {

    @Test
    void theOptionsOfTheJvmAreThoseOfThisSpark() throws IOException {
        assertThat(String.join(" ", Files.readAllLines(Path.of("src/main/app/jvm.options"))))
                .isEqualTo(JavaModuleOptions.defaultModuleOptions());
    }

    @TestFactory
    Stream<DynamicTest> everyDefinitionNamesAWorkload() throws IOException {
        List<Path> definitions;
        try (Stream<Path> files = Files.list(Path.of("definitions"))) {
            definitions = files.toList();
        }
        assertThat(definitions).isNotEmpty();
        return definitions.stream()
                .map(file -> file.getFileName().toString().replace(".yaml", ""))
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    WorkloadDefinition definition = TrialRun.definition(name);
                    assertThat(definition.name()).isEqualTo(name);
                    assertThat(Class.forName(definition.mainClass())
                                    .getDeclaredConstructor()
                                    .newInstance())
                            .isInstanceOf(Workload.class);
                }));
    }
}

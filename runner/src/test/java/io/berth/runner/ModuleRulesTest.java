package io.berth.runner;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Dependencies point one way. Enforcer rules hold the modules to it by artifacts, these by classes. */
class ModuleRulesTest {
    private static final Path HOME = Path.of(System.getProperty("berth.home"));
    private static final JavaClasses ALL =
            classes("model", "io-probe", "workloads", "storage-profiles", "reports", "runner");

    @Test
    void sparkIsOnlyInWorkloadsAndTheProbe() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.berth.workloads..", "io.berth.probe..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..")
                .check(ALL);
    }

    @Test
    void chartsAreOnlyInReports() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.berth.reports..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.jfree..")
                .check(ALL);
    }

    @Test
    void kubernetesIsOnlyWhereStorageIsProvidedAndApplicationsAreSubmitted() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.berth.storage..", "io.berth.runner..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.fabric8..")
                .check(ALL);
    }

    @Test
    void modelKnowsNothingButTheJdkAndJackson() {
        noClasses()
                .that()
                .resideInAPackage("io.berth.model..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages(
                        "io.berth.model..", "java..", "javax.net.ssl..", "com.fasterxml.jackson..", "org.jspecify..")
                .check(ALL);
    }

    @Test
    void reportsKnowNothingOfHowResultsWereMade() {
        noClasses()
                .that()
                .resideInAPackage("io.berth.reports..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.berth.runner..", "io.berth.storage..", "io.berth.workloads..", "io.berth.probe..")
                .check(ALL);
    }

    @Test
    void runnerAndWorkloadsNeverMeet() {
        noClasses()
                .that()
                .resideInAnyPackage("io.berth.runner..", "io.berth.storage..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.berth.workloads..", "io.berth.probe..")
                .check(ALL);
        noClasses()
                .that()
                .resideInAnyPackage("io.berth.workloads..", "io.berth.probe..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.berth.runner..", "io.berth.storage..", "io.berth.reports..")
                .check(ALL);
    }

    @Test
    void packagesOfTheModelHaveNoCycles() {
        slices().matching("io.berth.model.(*)..").should().beFreeOfCycles().check(ALL);
    }

    private static JavaClasses classes(String... modules) {
        List<Path> directories = Stream.of(modules)
                .map(module -> HOME.resolve(module).resolve("target/classes"))
                .toList();
        return new ClassFileImporter().importPaths(directories);
    }
}

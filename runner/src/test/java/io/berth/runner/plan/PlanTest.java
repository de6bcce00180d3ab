package io.berth.runner.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.plan.Plan;
import io.berth.model.plan.PlannedWorkload;
import io.berth.model.plan.Trial;
import io.berth.model.suite.StorageProfile;
import io.berth.model.text.BadInput;
import io.berth.runner.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanTest {
    @TempDir
    private Path temp;

    private Installation installation;

    @BeforeEach
    void install() throws IOException {
        installation = Installation.in(temp);
    }

    @Test
    void everyBlockHasEveryCellOnce() throws IOException {
        Plan plan = plan(Installation.suite("good"), options(OptionalInt.of(20), OptionalLong.empty()));

        Map<Integer, List<Trial>> blocks = plan.trials().stream().collect(Collectors.groupingBy(Trial::block));
        assertThat(blocks).hasSize(21);
        blocks.values().forEach(trials -> assertThat(trials.stream().map(Trial::cell))
                .containsExactlyInAnyOrderElementsOf(plan.cells()));
    }

    @Test
    void preparationsComeBeforeTheFirstBlock() throws IOException {
        Plan plan = plan(Installation.suite("good"), options(OptionalInt.empty(), OptionalLong.empty()));

        assertThat(plan.trials().subList(0, 2)).allMatch(trial -> trial.kind() == Trial.Kind.PREPARE);
        assertThat(plan.trials().subList(2, 6)).allMatch(trial -> trial.kind() == Trial.Kind.MEASURE);
        assertThat(plan.trials()).extracting(Trial::position).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(plan.trials()).extracting(Trial::id).doesNotHaveDuplicates();
    }

    @Test
    void aWorkloadWithoutDataSetIsNotPrepared() throws IOException {
        Path definition = temp.resolve("workloads/definitions/conforming.yaml");
        Files.writeString(definition, Files.readString(definition) + "dataSet: false\n");

        Plan plan = plan(Installation.suite("good"), options(OptionalInt.empty(), OptionalLong.empty()));

        assertThat(plan.trials()).hasSize(4).allMatch(trial -> trial.kind() == Trial.Kind.MEASURE);
    }

    @Test
    void theQuickstartIsThreeStoragesWithFourWorkloadsInThreeBlocks() {
        Catalog shipped = new Catalog(Path.of(System.getProperty("berth.home")));

        Plan plan = new Planner(shipped, new Random(1))
                .plan(shipped.quickstart(), options(OptionalInt.empty(), OptionalLong.empty()));

        assertThat(plan.profiles())
                .extracting(StorageProfile::name)
                .containsExactly("local-disk", "hdfs-embedded", "s3-embedded");
        assertThat(plan.workloads())
                .extracting(PlannedWorkload::name)
                .containsExactlyInAnyOrder("sql", "throughput", "streaming", "mllib");
        assertThat(plan.trials())
                .filteredOn(trial -> trial.kind() == Trial.Kind.MEASURE)
                .hasSize(3 * 4 * 3)
                .extracting(Trial::block)
                .containsOnly(1, 2, 3);
    }

    @Test
    void aSuiteThatSaysHowPodsAreMadeRunsOnKubernetes() throws IOException {
        String suite = Installation.suite("good") + "kubernetes: {image: berth, executors: 3}\n";

        Plan plan = plan(suite, options(OptionalInt.empty(), OptionalLong.empty()));

        assertThat(plan.master()).isEqualTo("k8s");
        assertThat(plan.kubernetes().orElseThrow().executors()).hasValue(3);
        assertThat(plan.workload("conforming").sparkConf())
                .doesNotContainKeys("spark.driver.host", "spark.driver.bindAddress");
    }

    @Test
    void anotherMasterWinsOverKubernetes() throws IOException {
        String suite = Installation.suite("good") + "kubernetes: {image: berth}\n";

        Plan plan = plan(suite, master("local[1]"));

        assertThat(plan.kubernetes()).isEmpty();
        assertThat(plan.workload("conforming").sparkConf()).containsKey("spark.driver.host");
    }

    @Test
    void executorsOfAClusterReachTheDriverByTheNameOfItsMachine() throws IOException {
        Plan plan = plan(Installation.suite("good"), master("spark://master.example:7077"));

        assertThat(plan.workload("conforming").sparkConf())
                .doesNotContainKeys("spark.driver.host", "spark.driver.bindAddress");
    }

    @Test
    void kubernetesNeedsToKnowHowPodsAreMade() {
        assertThatThrownBy(() -> plan(Installation.suite("good"), master("k8s://https://cluster.example:6443")))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("--master k8s://https://cluster.example:6443: ")
                .hasMessageEndingWith(
                        "doesn't say how pods are made; give it a kubernetes: section with at least an image");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "spark.executor.instances|would be overridden on Kubernetes; say it in kubernetes: with executors",
                "spark.kubernetes.executor.podTemplateFile|would be overridden on Kubernetes; say it in kubernetes: with executorTemplate",
                "spark.kubernetes.node.selector.pool|would be overridden on Kubernetes; say it in kubernetes: with nodeSelector",
                "spark.kubernetes.driver.label.team|would be overridden on Kubernetes; say it in kubernetes: with driverTemplate",
                "spark.master|is berth's to set on Kubernetes; leave it out",
            })
    void aSettingThatTheSubmissionMakesItselfIsRefused(String setting, String problem) throws IOException {
        String suite = Installation.suite("good") + "kubernetes: {image: berth}\nspark: {%s: x}\n".formatted(setting);

        assertThatThrownBy(() -> plan(suite, options(OptionalInt.empty(), OptionalLong.empty())))
                .isInstanceOf(BadInput.class)
                .hasMessageMatching("\\S+:[0-9]+: .*")
                .hasMessageEndingWith(setting + " " + problem);
        assertThat(plan(suite, master("local[1]")).kubernetes()).isEmpty();
    }

    @Test
    void otherSettingsOfKubernetesAreTheSuites() throws IOException {
        String suite = Installation.suite("good")
                + "kubernetes: {image: berth}\nspark: {spark.kubernetes.allocation.batch.size: '5'}\n";

        assertThat(plan(suite, options(OptionalInt.empty(), OptionalLong.empty()))
                        .workload("conforming")
                        .sparkConf())
                .containsEntry("spark.kubernetes.allocation.batch.size", "5");
    }

    private static PlanOptions master(String master) {
        return new PlanOptions(
                List.of(), List.of(), OptionalInt.empty(), OptionalLong.of(1), Optional.of(master), List.of());
    }

    @Test
    void theOrderFollowsFromTheSeedAlone() throws IOException {
        List<Trial> once = plan(Installation.suite("good"), options(OptionalInt.of(9), OptionalLong.of(7)))
                .trials();
        List<Trial> again = plan(Installation.suite("good"), options(OptionalInt.of(9), OptionalLong.of(7)))
                .trials();
        List<Trial> otherwise = plan(Installation.suite("good"), options(OptionalInt.of(9), OptionalLong.of(8)))
                .trials();

        assertThat(again).isEqualTo(once);
        assertThat(otherwise).isNotEqualTo(once);
    }

    @Test
    void bothOrdersOfTwoCellsOccur() throws IOException {
        Plan plan = plan(Installation.suite("good"), options(OptionalInt.of(40), OptionalLong.of(1)));

        long firstIsDisk = plan.trials().stream()
                .filter(trial -> trial.block() > 0 && trial.position() % 2 == 0)
                .filter(trial -> trial.profile().equals("local-disk"))
                .count();
        assertThat(firstIsDisk).isBetween(8L, 32L);
    }

    @Test
    void aSeedIsDrawnWhenNobodyNamesOne() throws IOException {
        String suite = Installation.suite("good").replace("seed: 42\n", "");

        assertThat(plan(suite, options(OptionalInt.empty(), OptionalLong.empty()))
                        .seed())
                .isNotEqualTo(plan(suite, options(OptionalInt.empty(), OptionalLong.empty()))
                        .seed());
    }

    @Test
    void theSuitesConfWinsOverTheDefinitionsAndTheDefinitionsOverTheDefaults() throws IOException {
        Plan plan = plan(
                Installation.suite("good") + "spark: {spark.driver.memory: 2g, spark.x: a}\n",
                options(OptionalInt.empty(), OptionalLong.empty()));

        assertThat(plan.workload("conforming").sparkConf())
                .containsEntry("spark.driver.memory", "2g")
                .containsEntry("spark.x", "a")
                .containsEntry("spark.sql.adaptive.enabled", "false");
        assertThat(plan(Installation.suite("good"), options(OptionalInt.empty(), OptionalLong.empty()))
                        .workload("conforming")
                        .sparkConf())
                .containsEntry("spark.driver.memory", "64m");
    }

    @Test
    void nothingIsLeftOpen() throws IOException {
        Plan plan = plan(Installation.suite("good"), options(OptionalInt.empty(), OptionalLong.empty()));

        assertThat(plan.blocks()).isEqualTo(2);
        assertThat(plan.master()).matches("local\\[\\d+]");
        assertThat(plan.baseline()).isEqualTo("local-disk");
        assertThat(plan.workload("conforming").parameters())
                .containsExactlyInAnyOrderEntriesOf(Map.of("behaviour", "good", "preparation", "good", "size", 7));
        assertThat(plan.run()).matches("quickstart-[0-9a-f]{8}");
    }

    @Test
    void theEstimateLearnsFromWhatEnded() throws IOException {
        Plan plan = plan(Installation.suite("good"), options(OptionalInt.empty(), OptionalLong.empty()));
        Estimate estimate = new Estimate(plan);
        List<Trial> measuring = plan.trials().subList(2, 6);
        assertThat(estimate.of(measuring)).isEqualTo(Duration.ofSeconds(4));

        estimate.learn(measuring.get(0), Duration.ofSeconds(10));
        estimate.learn(measuring.get(1), Duration.ofSeconds(20));

        assertThat(estimate.of(measuring)).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void theEstimateLearnsNothingFromWhatNeverStarted() throws IOException {
        Plan plan = plan(Installation.suite("good"), options(OptionalInt.empty(), OptionalLong.empty()));
        Estimate estimate = new Estimate(plan);
        List<Trial> measuring = plan.trials().subList(2, 6);

        estimate.learn(measuring.get(0), Duration.ZERO);

        assertThat(estimate.of(measuring)).isEqualTo(Duration.ofSeconds(4));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    profiles: [local-disk, other] | profiles: [local-disk, minio]      | 2 | profile "minio" is not known (known: local-disk, other); see berth profiles
                    profiles: [local-disk, other] | profiles: [other, other]           | 2 | profile "other" is named twice
                    - name: conforming            | - name: sqll                       | 6 | workload "sqll" is not known (known: conforming); see berth workloads
                    {behaviour: good}             | {behavior: good}                   | 7 | parameter "behavior" is not known to workload "conforming" (known: behaviour, preparation, size)
                    {behaviour: good}             | {size: large}                      | 7 | parameter "size" is large (allowed: a whole number, such as the default 7)
                    seed: 42                      | baseline: nfs                      | 4 | baseline "nfs" is not one of the suite's profiles (allowed: local-disk, other)
                    seed: 42                      | sede: 42                           | 4 | key "sede" is not known here (known: baseline, blocks, description, kubernetes, name, profiles, seed, spark, workloads)
                    blocks: 2                     | blocks: 0                          | 3 | blocks is 0 (allowed: 1 to 1000)
                    seed: 42                      | spark: {spark.driver.memory: 1.5g} | 4 | spark has spark.driver.memory "1.5g" (allowed: a whole number with k, m, g or t, such as 1536m)
                    seed: 42                      | kubernetes: {image: b, tolerations: [{key: 7}]}            | 4 | tolerations has a toleration with key 7 (allowed: a text)
                    seed: 42                      | kubernetes: {image: b, tolerations: [{kee: a}]}            | 4 | tolerations has a toleration with kee (allowed: key, operator, value, effect, tolerationSeconds)
                    seed: 42                      | kubernetes: {image: b, tolerations: [{tolerationSeconds: x}]} | 4 | tolerations has a toleration with tolerationSeconds x (allowed: a whole number)
                    seed: 42                      | spark: {spark.hadoop.fs.s3a.secret.key: hush} | 4 | spark.hadoop.fs.s3a.secret.key holds a secret, which would stand
                    seed: 42                      | spark: {spark.driver.extraJavaOptions: -Xss1m -Djavax.net.ssl.keyStorePassword=hush} | 4 | spark.driver.extraJavaOptions holds a secret
                    seed: 42                      | spark: {spark.jars.repositories: 'https://me:hush@example.org'} | 4 | spark.jars.repositories holds a secret
                    """)
    void aMistakeIsNamedWithFileAndLine(String from, String to, int line, String message) throws IOException {
        Path file = installation.write(
                "suites/mine.yaml", Installation.suite("good").replace(from, to));

        assertThatThrownBy(() -> new Planner(new Catalog(temp), new Random(1))
                        .plan(file, options(OptionalInt.empty(), OptionalLong.empty())))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith(file + ":" + line + ": " + message)
                .hasMessageNotContaining("hush");
    }

    private static final String TWO_SPARKS = """
              - name: conforming
                as: on-4-1
                sparkVersion: "4.1"
            kubernetes: {image: berth, images: {"4.1": berth-spark-4.1}}
            """;

    @Test
    void aWorkloadOnAnotherSparkHasItsOwnCellsAndItsOwnImage() throws IOException {
        Plan plan = plan(Installation.suite("good") + TWO_SPARKS, options(OptionalInt.empty(), OptionalLong.empty()));

        assertThat(plan.workload("on-4-1").sparkVersion()).contains("4.1");
        assertThat(plan.workload("conforming").sparkVersion()).isEmpty();
        assertThat(plan.kubernetes().orElseThrow().image(Optional.of("4.1"))).isEqualTo("berth-spark-4.1");
        assertThat(plan.kubernetes().orElseThrow().image(Optional.empty())).isEqualTo("berth");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    "4.1"                | "4.2"                        | sparkVersion "4.2" has no image (kubernetes: images: has: [4.1]); berth image --spark 4.2 makes one
                    "4.1"                | "latest"                     | sparkVersion "latest" is not a version of Spark (allowed: MAJOR.MINOR in quotes, such as "4.1")
                    """)
    void aSparkWithoutAnImageIsRefused(String from, String to, String message) {
        String suite = Installation.suite("good") + TWO_SPARKS.replaceFirst(from, to);

        assertThatThrownBy(() -> plan(suite, options(OptionalInt.empty(), OptionalLong.empty())))
                .isInstanceOf(BadInput.class)
                .hasMessageMatching("(?s)\\S+suites/mine.yaml:(8|10): .*")
                .hasMessageContaining(message);
    }

    @Test
    void aWorkloadThatASparkHasNotIsRefusedWithImageAndVersion() throws IOException {
        Path definition = temp.resolve("workloads/definitions/conforming.yaml");
        Files.writeString(definition, Files.readString(definition) + "sparkVersions: ['4.0']\n");

        assertThatThrownBy(() -> plan(
                        Installation.suite("good") + TWO_SPARKS, options(OptionalInt.empty(), OptionalLong.empty())))
                .isInstanceOf(BadInput.class)
                .hasMessageEndingWith(
                        "suites/mine.yaml:10: workload \"conforming\" can't run on Spark 4.1 (image berth-spark-4.1), where what it needs is missing (it runs on: 4.0); leave out sparkVersion, or the workload");
    }

    @Test
    void withoutAClusterAnotherSparkHasToBeBuilt() throws IOException {
        String suite = Installation.suite("good") + TWO_SPARKS;
        Path application = temp.resolve("workloads/spark-4.1/target/app");

        assertThatThrownBy(() -> plan(suite, master("local[1]")))
                .isInstanceOf(BadInput.class)
                .hasMessageEndingWith(
                        ":10: sparkVersion \"4.1\": berth has no application for that Spark (known: none but its own)");

        installation.write("workloads/spark-4.1/pom.xml", "<project/>");
        assertThatThrownBy(() -> plan(suite, master("local[1]")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(
                        ":10: sparkVersion \"4.1\": " + application + " is not there; mvn -B -Pspark-4.1 ");

        Files.createDirectories(application);
        assertThat(plan(suite, master("local[1]")).workload("on-4-1").sparkVersion())
                .contains("4.1");
    }

    @Test
    void cellsWhoseTrialsWouldShareTheirNamesAreRefused() throws IOException {
        for (String name : List.of("disk", "small-disk")) {
            installation.write(
                    "storage-profiles/profiles/" + name + ".yaml",
                    "{name: %s, backend: local, description: a directory, accessType: local, settings: {directory: /data}}"
                            .formatted(name));
        }
        Path file = installation.write("suites/mine.yaml", """
                name: mine
                profiles: [disk, small-disk]
                workloads:
                  - name: conforming
                  - name: conforming
                    as: conforming-small
                """);

        assertThatThrownBy(() -> new Planner(new Catalog(temp), new Random(1))
                        .plan(file, options(OptionalInt.empty(), OptionalLong.empty())))
                .isInstanceOf(BadInput.class)
                .hasMessage(
                        file
                                + ":5: workload \"conforming-small\" on profile \"disk\" and workload \"conforming\" on profile \"small-disk\" would both have trials called \"conforming-small-disk\"; give one of the workloads another name with as:");
    }

    @Test
    void aSecretInTheConfOfOneWorkloadIsNamedWithItsLine() throws IOException {
        Path file = installation.write(
                "suites/mine.yaml",
                Installation.suite("good") + "    spark:\n      spark.hadoop.fs.s3a.session.token: hush\n");

        assertThatThrownBy(() -> new Planner(new Catalog(temp), new Random(1))
                        .plan(file, options(OptionalInt.empty(), OptionalLong.empty())))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith(file + ":9: spark.hadoop.fs.s3a.session.token holds a secret");
    }

    @Test
    void aReferenceToASecretIsAllowed() throws IOException {
        Plan plan = plan(
                Installation.suite("good") + "spark: {spark.authenticate.secret.file: /run/secret}\n",
                options(OptionalInt.empty(), OptionalLong.empty()));

        assertThat(plan.workload("conforming").sparkConf()).containsKey("spark.authenticate.secret.file");
    }

    private Plan plan(String suite, PlanOptions options) throws IOException {
        Path file = installation.write("suites/mine.yaml", suite);
        return new Planner(new Catalog(temp), new java.security.SecureRandom()).plan(file, options);
    }

    private static PlanOptions options(OptionalInt blocks, OptionalLong seed) {
        return new PlanOptions(List.of(), List.of(), blocks, seed, Optional.empty(), List.of("berth", "run"));
    }
}

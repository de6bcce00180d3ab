package io.berth.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.results.ResultsDirectory;
import io.berth.runner.Installation;
import io.berth.runner.Installation.Ending;
import io.berth.runner.plan.Catalog;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class CommandLineTest {
    @TempDir
    private Path temp;

    private Installation installation;

    @BeforeEach
    void install() throws IOException {
        installation = Installation.in(temp.resolve("home"));
    }

    static Set<String> verbs() {
        return new CommandLine(new Berth(new Catalog(Path.of("")), System.out, System.err, List.of()))
                .getSubcommands()
                .keySet();
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void everyVerbHasHelpWithAnExample(String verb) {
        Ending ending = installation.berth(verb, "--help");

        assertThat(ending.exitCode()).isZero();
        assertThat(ending.out()).contains("Example", "berth " + verb);
    }

    @Test
    void planShowsWhatRunWouldDoAndTouchesNothing() throws IOException {
        Ending ending = installation.berth("plan");

        assertThat(ending.exitCode()).isZero();
        assertThat(ending.out())
                .contains("seed      42", "4 in 2 blocks and 2 preparations, about 5 s", "block2-conforming-other")
                .contains("spark.sql.adaptive.enabled=false", "behaviour: good");
        assertThat(temp.resolve("home/storage")).doesNotExist();
        assertThat(temp.resolve("home/results")).doesNotExist();
    }

    @Test
    void planCountsNoPreparationOfAWorkloadWithoutDataSet() throws IOException {
        Path definition = temp.resolve("home/workloads/definitions/conforming.yaml");
        Files.writeString(definition, Files.readString(definition) + "dataSet: false\n");

        assertThat(installation.berth("plan").out()).contains("4 in 2 blocks and 0 preparations, about 4 s");
    }

    @Test
    void planSaysWhetherRunCouldUseADirectory() {
        Path results = temp.resolve("r");
        Ending free = installation.berth("plan", "--out", results);

        assertThat(free.exitCode()).isZero();
        assertThat(free.out()).contains("results   " + results + "  (free for this plan)");
        assertThat(results).doesNotExist();

        installation.berth("run", "--out", results, "--blocks", 1);
        Ending taken = installation.berth("plan", "--out", results);

        assertThat(taken.exitCode()).isEqualTo(2);
        assertThat(taken.err()).contains(results + " holds an earlier run of suite \"quickstart\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --blocks | 0           | --blocks is 0 (allowed: 1 to 1000)
                    --blocks | 1001        | --blocks is 1001 (allowed: 1 to 1000)
                    --master | nonsense    | --master: "nonsense" is not a master (allowed: local[N],
                    --master | local[x]    | --master: "local[x]" is not a master
                    --master | spark://lab | --master: "spark://lab" is not a master
                    """)
    void anOptionThatCannotBeIsRefusedBeforeAnythingIsTouched(String option, String value, String message) {
        Ending ending = installation.berth("run", option, value, "--out", temp.resolve("r"));

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err()).startsWith("berth: " + message);
        assertThat(temp.resolve("r")).doesNotExist();
    }

    @Test
    void resultsThatCannotBeMadeAreSetUpAndNothingWasMeasured() throws IOException {
        Path file = Files.createFile(temp.resolve("file"));

        Ending ending = installation.berth("run", "--out", file.resolve("r"));

        assertThat(ending.exitCode()).isEqualTo(3);
        assertThat(ending.err())
                .contains(
                        file.resolve("r") + ": results can't be written there (Not a directory); nothing was measured")
                .doesNotContain("resume");
    }

    @Test
    void aPlanOfALaterBerthIsReportedAndNotResumed() throws IOException {
        Path results = temp.resolve("r");
        installation.berth("run", "--out", results, "--blocks", 1);
        Path plan = results.resolve("plan.json");
        Files.writeString(
                plan, Files.readString(plan).replaceFirst("\"format\" : \"1.\\d+\"", "\"format\" : \"1.99\""));

        assertThat(installation.berth("report", results, "--format", "text").exitCode())
                .isZero();
        Ending ending = installation.berth("resume", results);

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err())
                .contains(results
                        + ": its plan has format version 1.99, and this berth can go on with plans of up to 1.");
    }

    @Test
    void aJvmThatCannotBeStartedHasItsOwnText() {
        String javaHome = System.getProperty("java.home");
        System.setProperty("java.home", temp.resolve("no-java").toString());
        Ending ending;
        try {
            ending = installation.berth("run", "--out", temp.resolve("r"));
        } finally {
            System.setProperty("java.home", javaHome);
        }

        assertThat(ending.exitCode()).isEqualTo(4);
        assertThat(ending.err())
                .contains("no JVM can be started for an application: " + temp.resolve("no-java/bin/java"))
                .contains("berth resume " + temp.resolve("r"))
                .doesNotContain("Free space");
    }

    @Test
    void aVerbThatDoesNotExistIsAUsageError() {
        Ending ending = installation.berth("rnu");

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err()).contains("'rnu'", "See berth --help");
        assertThat(ending.out()).isEmpty();
    }

    @Test
    void noVerbShowsTheHelpAsAUsageError() {
        assertThat(installation.berth().exitCode()).isEqualTo(2);
        assertThat(installation.berth("--help").exitCode()).isZero();
    }

    @Test
    void anUnknownOptionNamesItself() {
        Ending ending = installation.berth("run", "--porfile", "x");

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err()).contains("--porfile", "berth run --help");
    }

    @Test
    void anUnknownProfileListsTheKnownOnes() {
        Ending ending = installation.berth("run", "--profile", "minio");

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err())
                .contains("--profile: profile \"minio\" is not known (known: local-disk, other); see berth profiles");
    }

    @Test
    void anUnknownWorkloadListsThoseOfTheSuite() {
        Ending ending = installation.berth("plan", "--workload", "sql");

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err()).contains("--workload: \"sql\" is not in suite \"quickstart\" (it has: conforming)");
    }

    @Test
    void aSuiteThatIsNotThereIsNamed() {
        Ending ending = installation.berth("run", "suites/nowhere.yaml");

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err()).contains("suites/nowhere.yaml: there is no such file");
    }

    @Test
    void aFormatThatDoesNotExistListsTheOthers() {
        Ending ending = installation.berth("report", temp, "--format", "pdf");

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err()).containsIgnoringCase("html").contains("pdf");
    }

    @Test
    void aDirectoryWithoutResultsIsNamed() {
        Ending ending = installation.berth("report", temp);

        assertThat(ending.exitCode()).isEqualTo(2);
        assertThat(ending.err()).contains(temp + " is not a results directory of berth");
    }

    @Test
    void theReportIsWrittenWhereItIsWanted() throws IOException {
        installation.berth("run", "--out", temp.resolve("r"), "--blocks", 1);

        assertThat(installation
                        .berth("report", temp.resolve("r"), "--format", "html", "-o", temp.resolve("x.html"))
                        .exitCode())
                .isZero();
        assertThat(temp.resolve("x.html")).hasSameTextualContentAs(temp.resolve("r/report.html"));
        assertThat(installation
                        .berth("report", temp.resolve("r"), "-o", temp.resolve("no/x.html"))
                        .err())
                .contains("-o " + temp.resolve("no/x.html") + ": can't be written (there is no such file)");
    }

    @Test
    void aReportThatIsCutOffIsNoSuccess() throws IOException {
        installation.berth("run", "--out", temp.resolve("r"), "--blocks", 1);
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int exitCode;
        try (PrintStream full = new PrintStream(new FileOutputStream("/dev/full"), true, StandardCharsets.UTF_8)) {
            exitCode = Cli.execute(
                    installation.home(),
                    full,
                    new PrintStream(err, true, StandardCharsets.UTF_8),
                    "report",
                    temp.resolve("r").toString());
        }

        assertThat(exitCode).isEqualTo(3);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("standard output can't be written to");
    }

    @Test
    void aCellIsExplainedAndOneThatIsNotThereListsTheOthers() {
        installation.berth("run", "--out", temp.resolve("r"), "--blocks", 1);

        Ending ending = installation.berth("explain", temp.resolve("r"), "conforming/other");

        assertThat(ending.exitCode()).isZero();
        assertThat(ending.out()).contains("conforming/other takes");
        assertThat(installation
                        .berth("explain", temp.resolve("r"), "conforming/nfs")
                        .err())
                .contains("cell \"conforming/nfs\" is not in", "(it has: conforming/local-disk, conforming/other)");
    }

    @Test
    void profilesAndWorkloadsAreListedWithTheirSettings() {
        assertThat(installation.berth("profiles").out()).contains("local-disk", "directory", "Backends", "mount");
        assertThat(installation.berth("workloads").out()).contains("conforming", "behaviour", "what it does");
    }

    @Test
    void aDefectOfBerthIsOneLineAndALogFile() throws IOException {
        Files.delete(temp.resolve("home/storage-profiles/profiles/local-disk.yaml"));
        Files.delete(temp.resolve("home/storage-profiles/profiles/other.yaml"));
        Files.delete(temp.resolve("home/storage-profiles/profiles"));

        Ending ending = installation.berth("profiles");

        assertThat(ending.exitCode()).isEqualTo(70);
        assertThat(ending.err().lines()).hasSize(1);
        Path log = Path.of(ending.err().replaceAll("(?s).*report it with (\\S+).*", "$1"));
        assertThat(Files.readString(log)).contains("berth profiles", "NoSuchFileException", "\tat ");
        Files.delete(log);
    }

    @Test
    void anErrorOfTheJvmIsADefectToo() throws IOException {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        OutputStream exhausted = new OutputStream() {
            @Override
            public void write(int b) {
                throw new OutOfMemoryError("planted");
            }
        };

        int exitCode = Cli.execute(
                installation.home(),
                new PrintStream(exhausted, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                "profiles");

        assertThat(exitCode).isEqualTo(70);
        String line = err.toString(StandardCharsets.UTF_8);
        assertThat(line).contains("a defect of berth itself: java.lang.OutOfMemoryError: planted");
        Files.delete(Path.of(line.replaceAll("(?s).*report it with (\\S+).*", "$1")));
    }

    @Test
    void aDefectWithoutAPlaceForItsLogIsShown() throws IOException, InterruptedException {
        Process berth = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Djava.io.tmpdir=" + temp.resolve("no-tmp"),
                        "-Dberth.home=" + temp.resolve("nowhere"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Berth.class.getName(),
                        "profiles")
                .redirectErrorStream(true)
                .start();
        String said = new String(berth.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(berth.waitFor()).as(said).isEqualTo(70);
        assertThat(said).contains("a defect of berth itself", "no file to write it to", "NoSuchFileException", "\tat ");
    }

    @Test
    void aFullDiskUnderTheResultsKeepsWhatWasSealed() throws IOException, InterruptedException {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "only root may mount the small tmpfs this needs");
        Path small = Files.createDirectory(temp.resolve("small"));
        mount("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small.toString());
        try {
            Ending ending = installation.berth("run", "--out", small.resolve("r"), "--blocks", 100);

            assertThat(ending.exitCode()).as(ending.err()).isEqualTo(4);
            assertThat(ending.err()).contains("results can't be written any more (No space left on device)");
            try (Stream<Path> trials = Files.list(small.resolve("r/trials"))) {
                assertThat(trials.filter(file -> file.toString().endsWith(".json")))
                        .isNotEmpty();
            }
            assertThat(installation.berth("report", small.resolve("r")).exitCode())
                    .isZero();
        } finally {
            mount("umount", small.toString());
        }
    }

    @Test
    void aDiskWithoutRoomForTheReportKeepsEveryTrial() throws IOException, InterruptedException {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "only root may mount the small tmpfs this needs");
        Path large = temp.resolve("large");
        assertThat(installation.berth("run", "--out", large, "--blocks", 1).exitCode())
                .isZero();
        long report = Files.size(large.resolve("report.html"));
        Path small = Files.createDirectory(temp.resolve("small"));
        mount(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "size=%d".formatted(pages(large) * 4096 - report / 2),
                "tmpfs",
                small.toString());
        try {
            Ending ending = installation.berth("run", "--out", small.resolve("r"), "--blocks", 1);

            assertThat(ending.exitCode()).as(ending.err()).isEqualTo(4);
            assertThat(ending.err())
                    .contains(
                            "results can't be written any more (No space left on device)",
                            "what was sealed before is unharmed");
            assertThat(small.resolve("r/report.html")).doesNotExist();
            assertThat(ResultsDirectory.open(small.resolve("r")).results().trials())
                    .hasSize(4);
        } finally {
            mount("umount", small.toString());
        }
    }

    /** What a tree takes on a tmpfs. */
    private static long pages(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            return files.mapToLong(
                            file -> Files.isRegularFile(file) ? (file.toFile().length() + 4095) / 4096 : 1)
                    .sum();
        }
    }

    private static void mount(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}

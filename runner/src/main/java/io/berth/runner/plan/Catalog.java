package io.berth.runner.plan;

import io.berth.model.suite.WorkloadDefinition;
import io.berth.model.text.BadInput;
import io.berth.model.text.YamlFile;
import io.berth.storage.Profiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What an installation of berth brings along: suites, workload definitions, storage profiles and the application. */
public final class Catalog {
    private final Path home;

    /**
     * The catalog of an installation.
     *
     * @param home the directory that holds {@code suites/}, {@code workloads/} and {@code storage-profiles/}
     */
    public Catalog(Path home) {
        this.home = home;
    }

    public Path quickstart() {
        return suite("quickstart");
    }

    /** The file of a suite that ships with berth. */
    public Path suite(String name) {
        return home.resolve("suites").resolve(name + ".yaml");
    }

    public Profiles profiles() {
        return new Profiles(home.resolve("storage-profiles/profiles"));
    }

    /** Names of the workload definitions, sorted. */
    public List<String> workloads() {
        try (Stream<Path> files = Files.list(definitions())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    .map(name -> name.substring(0, name.length() - ".yaml".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads the definition of a workload that is among {@link #workloads}.
     *
     * @throws BadInput naming file and line
     */
    public WorkloadDefinition workload(String name) {
        Path path = definitions().resolve(name + ".yaml");
        YamlFile file = YamlFile.read(path);
        WorkloadDefinition definition = file.bind(WorkloadDefinition.class);
        if (!definition.name().equals(name)) {
            throw file.problem(
                    "/name",
                    "name \"%s\" is not the file's (allowed: \"%s\", because workloads are found by file name)"
                            .formatted(definition.name(), name));
        }
        SecretFreeConf.require(file, "/spark", definition.spark());
        return definition;
    }

    /** Where the application's class path and JVM options are. */
    public Path application() {
        return home.resolve("workloads/target/app");
    }

    /**
     * Where those for a Spark are.
     *
     * @param sparkVersion {@code MAJOR.MINOR}; the one that berth has if absent. Of others the directory is there only if somebody
     *                     has built it
     */
    public Path application(Optional<String> sparkVersion) {
        return sparkVersion
                .map(version -> home.resolve("workloads/spark-" + version + "/target/app"))
                .orElseGet(this::application);
    }

    /** What to do about the application for another Spark, if it isn't there. */
    public String howToBuild(String sparkVersion) {
        List<String> known = otherSparks();
        return known.contains(sparkVersion)
                ? "%s is not there; mvn -B -Pspark-%s -Dgates=off -DskipTests package makes it, and ./berth keeps it up to date"
                        .formatted(application(Optional.of(sparkVersion)), sparkVersion)
                : "berth has no application for that Spark (known: %s)"
                        .formatted(known.isEmpty() ? "none but its own" : String.join(", ", known));
    }

    /** The versions, besides berth's own, that an application can be built for. */
    private List<String> otherSparks() {
        try (Stream<Path> directories = Files.list(home.resolve("workloads"))) {
            return directories
                    .filter(directory -> Files.exists(directory.resolve("pom.xml")))
                    .map(directory -> directory.getFileName().toString())
                    .filter(name -> name.startsWith("spark-"))
                    .map(name -> name.substring("spark-".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the class path of HDFS's daemons is. */
    public Path hdfsServer() {
        return home.resolve("storage-profiles/servers/hdfs/target/server/lib");
    }

    /** Where the class path of the command line is. */
    public Path commandLine() {
        return home.resolve("runner/target/cli");
    }

    /** The directories with what people write: suites, workload definitions, storage profiles; relative to home. */
    public List<Path> written() {
        return List.of(Path.of("suites"), Path.of("workloads/definitions"), Path.of("storage-profiles/profiles"));
    }

    /** The directory of the installation. */
    public Path home() {
        return home;
    }

    /** Where the files are that only the container image needs. */
    public Path image() {
        return home.resolve("image");
    }

    /** Where the command line keeps what is quicker to find again than to make again. */
    public Path cache() {
        return home.resolve("target/cache");
    }

    private Path definitions() {
        return home.resolve("workloads/definitions");
    }
}

package io.berth.runner.image;

import com.google.cloud.tools.jib.api.CacheDirectoryCreationException;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainer;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.RegistryException;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.frontend.CredentialRetrieverFactory;
import io.berth.model.text.BadInput;
import io.berth.model.text.RootCause;
import io.berth.runner.plan.Catalog;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The one container image of berth: Spark's driver and executors, HDFS's daemons, helpers and the command line by what its
 * entry point is told; see {@code image/entrypoint}. Its layers go from what changes least to what changes most: the base,
 * Spark's jars, HDFS's, the command line's, the harness. The same base and the same build give the same digest.
 */
public final class HarnessImage {
    /** Spark's scheduler for Kubernetes mounts conf below this directory, and takes its name for granted. */
    private static final String SPARK_HOME = "/opt/spark";

    private static final String HADOOP_HOME = "/opt/hadoop";

    /** Laid out as an installation is. */
    private static final String BERTH_HOME = "/opt/berth";

    /** As in Spark's own images. Of root's group, which may name the user that a pod chose instead. */
    private static final String USER = "185:0";

    private static final String ENTRY_POINT = SPARK_HOME + "/entrypoint";

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Catalog catalog;
    private final BaseImage base;
    private final Optional<String> sparkVersion;

    /**
     * An image on a base.
     *
     * @param catalog where the parts are
     * @param base    the tar of an image, or {@code REGISTRY/NAME@sha256:DIGEST}
     * @param sparkVersion {@code MAJOR.MINOR}; the one that berth has if absent
     * @throws BadInput if the base is neither, or there is no application for that Spark
     */
    public HarnessImage(Catalog catalog, String base, Optional<String> sparkVersion) {
        this.catalog = catalog;
        this.base = BaseImage.parse(base);
        this.sparkVersion = sparkVersion;
        sparkVersion
                .filter(version -> !Files.isDirectory(catalog.application(sparkVersion)))
                .ifPresent(version -> {
                    throw new BadInput("--spark %s: %s".formatted(version, catalog.howToBuild(version)));
                });
    }

    /**
     * Writes the image as {@code docker load} and {@code ctr images import} take it. The file is there whole or not at all.
     *
     * @param name what the image is called where it is loaded
     * @return the image's id, {@code sha256:…}, by which a node knows it
     * @throws BadInput         if the file can't be written or the name can't be one
     * @throws ImageUnavailable if the image can't be made
     */
    public String writeTo(Path tar, String name) {
        ImageReference reference = reference("--name", name);
        Path absolute = tar.toAbsolutePath();
        if (Files.isDirectory(absolute) || !Files.isDirectory(absolute.resolveSibling("."))) {
            throw new BadInput(
                    "--tar %s: can't be written (allowed: a file in a directory that is there)".formatted(tar));
        }
        Path part = absolute.resolveSibling(absolute.getFileName() + ".part");
        try {
            Files.deleteIfExists(part);
            Files.createFile(part);
            try {
                JibContainer made =
                        make(Containerizer.to(TarImage.at(part).named(reference)), "--tar " + tar, Optional.empty());
                Files.move(part, absolute, StandardCopyOption.REPLACE_EXISTING);
                return made.getImageId().toString();
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new BadInput("--tar %s: can't be written (%s)".formatted(tar, reason(e)), e);
        }
    }

    /**
     * Pushes the image to a registry, with the credentials in Docker's configuration file if it has some.
     *
     * @return its name with its digest, {@code REGISTRY/NAME@sha256:…}
     * @throws BadInput         if the name can't be one
     * @throws ImageUnavailable if the image can't be made or pushed
     */
    public String pushTo(String name) {
        ImageReference reference = reference("--to", name);
        if (reference.getDigest().isPresent()) {
            throw new BadInput("--to %s: the digest is what comes out (allowed: REGISTRY/NAME, REGISTRY/NAME:TAG)"
                    .formatted(name));
        }
        JibContainer made =
                make(Containerizer.to(ofRegistry(reference)), "--to " + name, Optional.of(reference.getRegistry()));
        return reference.withQualifier(made.getDigest().toString()).toStringWithQualifier();
    }

    private JibContainer make(Containerizer containerizer, String destination, Optional<String> registry) {
        Stream<String> registries =
                Stream.concat(registry.stream(), base.reference().map(ImageReference::getRegistry).stream());
        containerizer
                .setToolName("berth")
                .setBaseImageLayersCache(catalog.cache().resolve("image-base"))
                .setApplicationLayersCache(catalog.cache().resolve("image-layers"))
                // Without TLS only on this machine, as Docker does it.
                .setAllowInsecureRegistries(registries.allMatch(HarnessImage::isLoopback));
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            try {
                return parts().containerize(containerizer.setExecutorService(threads));
            } finally {
                // After a failure others are still at work, in directories that the caller may be about to clear.
                threads.shutdownNow();
                threads.awaitTermination(1, TimeUnit.MINUTES);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageUnavailable("interrupted while making the image", e);
        } catch (IOException | RegistryException | CacheDirectoryCreationException | ExecutionException e) {
            throw new ImageUnavailable(
                    "no image from --base %s into %s: %s".formatted(base.text(), destination, reason(e)), e);
        }
    }

    private JibContainerBuilder parts() throws IOException {
        FileEntriesLayer.Builder spark = FileEntriesLayer.builder().setName("spark");
        FileEntriesLayer.Builder hdfs = FileEntriesLayer.builder().setName("hdfs");
        FileEntriesLayer.Builder commandLine = FileEntriesLayer.builder().setName("command-line");
        FileEntriesLayer.Builder harness = FileEntriesLayer.builder().setName("harness");
        Path application = catalog.application(sparkVersion);
        addJars(application.resolve("jars"), spark, harness, SPARK_HOME + "/jars");
        addJars(catalog.hdfsServer(), hdfs, harness, HADOOP_HOME + "/lib");
        addJars(catalog.commandLine(), commandLine, harness, BERTH_HOME + "/runner/target/cli");
        for (Path directory : catalog.written()) {
            addFiles(catalog.home().resolve(directory), harness, BERTH_HOME + "/" + directory);
        }
        harness.addEntry(application.resolve("jvm.options"), AbsoluteUnixPath.get(SPARK_HOME + "/jvm.options"))
                .addEntry(
                        catalog.image().resolve("entrypoint"),
                        AbsoluteUnixPath.get(ENTRY_POINT),
                        FilePermissions.fromOctalString("755"))
                .addEntry(
                        catalog.image().resolve("passwd"),
                        AbsoluteUnixPath.get("/etc/passwd"),
                        FilePermissions.fromOctalString("664"));
        return from().addFileEntriesLayer(spark.build())
                .addFileEntriesLayer(hdfs.build())
                .addFileEntriesLayer(commandLine.build())
                .addFileEntriesLayer(harness.build())
                .setFormat(ImageFormat.Docker)
                .setEntrypoint(ENTRY_POINT)
                // A driver copies the application's jar to where it starts.
                .setWorkingDirectory(AbsoluteUnixPath.get("/tmp"))
                .setUser(USER)
                .addEnvironmentVariable("SPARK_HOME", SPARK_HOME)
                // Else Spark looks for a release's lay-out to tell it.
                .addEnvironmentVariable("SPARK_SCALA_VERSION", "2.13")
                .addEnvironmentVariable("HADOOP_HOME", HADOOP_HOME)
                .addEnvironmentVariable("BERTH_HOME", BERTH_HOME);
    }

    private JibContainerBuilder from() {
        return base.archive()
                .map(tar -> Jib.from(TarImage.at(tar)))
                .orElseGet(() -> Jib.from(ofRegistry(base.reference().orElseThrow())));
    }

    /** Adds what is ours to the layer that changes with every build, and the rest to one that rarely does. */
    private static void addJars(
            Path directory, FileEntriesLayer.Builder others, FileEntriesLayer.Builder ours, String place)
            throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new ImageUnavailable("%s is not there; build with ./berth or mvn package".formatted(directory));
        }
        try (Stream<Path> files = Files.list(directory)) {
            // The order decides about the digest.
            for (Path jar : files.sorted().toList()) {
                String name = jar.getFileName().toString();
                (name.startsWith("berth-") ? ours : others)
                        .addEntry(jar, AbsoluteUnixPath.get(place).resolve(name));
            }
        }
    }

    private static void addFiles(Path directory, FileEntriesLayer.Builder layer, String place) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                layer.addEntry(
                        file,
                        AbsoluteUnixPath.get(place).resolve(file.getFileName().toString()));
            }
        }
    }

    private static RegistryImage ofRegistry(ImageReference reference) {
        return RegistryImage.named(reference)
                .addCredentialRetriever(CredentialRetrieverFactory.forImage(reference, event -> {})
                        .dockerConfig());
    }

    private static ImageReference reference(String option, String name) {
        try {
            return ImageReference.parse(name);
        } catch (InvalidImageReferenceException e) {
            throw new BadInput(
                    "%s %s: not the name of an image (allowed: REGISTRY/NAME, REGISTRY/NAME:TAG)"
                            .formatted(option, name),
                    e);
        }
    }

    private static boolean isLoopback(String registry) {
        return LOOPBACK.contains(registry.replaceFirst(":\\d+$", ""));
    }

    /** What is at the bottom of it; the layers above say only that something failed. */
    private static String reason(Throwable e) {
        Throwable root = RootCause.of(e);
        if (root instanceof FileSystemException file) {
            return file.getReason() == null
                    ? "%s of %s".formatted(root.getClass().getSimpleName(), file.getFile())
                    : "%s: %s".formatted(file.getFile(), file.getReason());
        }
        // A registry's answer follows on further lines.
        return String.valueOf(root.getMessage()).lines().findFirst().orElseGet(root.getClass()::getSimpleName);
    }
}

package io.berth.runner.submit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The application's classes as a JVM keeps them in memory, in a file beside its jars. Every trial is a JVM of its own, and
 * about half of what the start of Spark costs a processor is to read, check and lay out the same thousands of classes once more.
 *
 * <p>A preparation makes the archive when there is none, when it ends, so that all measured applications of a run find it. A
 * JVM that can't use one starts without it (JEP 350, <i>Dynamic CDS Archives</i>; an archive belongs to one build of the JVM,
 * and to these jars in this order). It belongs to the place of the jars, too: a JVM takes it elsewhere, if their names are the
 * same, and where an agent wants to see a class it then looks for the jar at the old place and fails ("error in finding JAR
 * file", JDK 17.0.15).
 */
final class ClassArchive {
    /** An archive of Spark's classes has a tenth of it. */
    private static final long WANTED_SPACE_BYTES = 1L << 30;

    private static final Pattern FILE = Pattern.compile("classes-([0-9a-f]+)\\.jsa(\\.(\\d+))?");

    private final Path application;
    private final Path archive;
    private final Path unfinished;

    /**
     * The archive of an application, which may not be there.
     *
     * @param application the real path of the directory with {@code jars/}
     */
    ClassArchive(Path application) throws IOException {
        this.application = application;
        this.archive = application.resolve("classes-%08x.jsa"
                .formatted(Objects.hash(Runtime.version(), application.toString(), jars(application))));
        this.unfinished = Path.of(archive + "." + ProcessHandle.current().pid());
    }

    /** The option of a JVM that uses it, or none. */
    Optional<String> use() {
        return Files.exists(archive) ? Optional.of("-XX:SharedArchiveFile=" + archive) : Optional.empty();
    }

    /**
     * The options of a JVM that makes it at its end, or none: it is there, or it can't be kept, or the application has
     * nothing of Spark and starts fast enough.
     */
    List<String> make() throws IOException {
        if (Files.exists(archive)
                || !Files.isWritable(application)
                || Files.getFileStore(application).getUsableSpace() < WANTED_SPACE_BYTES
                || !hasSpark()) {
            return List.of();
        }
        // Else the log would have a line for each class that no archive can hold.
        return List.of("-XX:ArchiveClassesAtExit=" + unfinished, "-Xlog:cds=off");
    }

    /**
     * After an application that may have made it.
     *
     * @param endedWell else what it made is not whole, and removed
     */
    void takeOver(boolean endedWell) throws IOException {
        if (!endedWell) {
            Files.deleteIfExists(unfinished);
        } else if (Files.exists(unfinished)) {
            Files.move(unfinished, archive, StandardCopyOption.ATOMIC_MOVE);
            removeWhatIsOutOfUse();
        }
    }

    private boolean hasSpark() throws IOException {
        try (Stream<Path> jars = Files.list(application.resolve("jars"))) {
            return jars.anyMatch(jar -> jar.getFileName().toString().startsWith("spark-core_"));
        }
    }

    /** Of other jars, or of a runner that was killed. */
    private boolean isOutOfUse(Path file) {
        Matcher name = FILE.matcher(file.getFileName().toString());
        return name.matches()
                && (name.group(3) == null
                        ? !file.equals(archive)
                        : ProcessHandle.of(Long.parseLong(name.group(3))).isEmpty());
    }

    private void removeWhatIsOutOfUse() throws IOException {
        try (Stream<Path> files = Files.list(application)) {
            for (Path file : files.filter(this::isOutOfUse).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static List<String> jars(Path application) throws IOException {
        List<String> identities = new ArrayList<>();
        try (Stream<Path> jars = Files.list(application.resolve("jars"))) {
            for (Path jar : jars.sorted().toList()) {
                BasicFileAttributes attributes = Files.readAttributes(jar, BasicFileAttributes.class);
                identities.add(jar.getFileName() + " " + attributes.size() + " " + attributes.lastModifiedTime());
            }
        }
        return identities;
    }
}

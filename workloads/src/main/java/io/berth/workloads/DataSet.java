package io.berth.workloads;

import io.berth.model.results.DataSetFact;
import io.berth.model.text.BadInput;
import io.berth.model.text.Formats;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * A directory of files that outlives trials. Its manifest is written last; a directory is reused only if the manifest
 * names the same generator and settings and every file has the size it says. A directory that berth left unfinished is
 * made anew; any other is refused, because it may be somebody's.
 */
public final class DataSet {
    private static final String MANIFEST = "_berth-manifest.json";
    private static final String INCOMPLETE = "_berth-incomplete";
    private static final int MANIFEST_VERSION = 1;

    private final TrialContext trial;
    private final String name;
    private final String generator;
    private final Map<String, String> settings;

    /**
     * Describes a data set.
     *
     * @param name      of its directory on the data role; holds what people need to tell it from others
     * @param generator what makes it, with a version that changes whenever its bytes do
     * @param settings  everything else that its bytes depend on
     */
    public DataSet(TrialContext trial, String name, String generator, Map<String, String> settings) {
        this.trial = trial;
        this.name = name;
        this.generator = generator;
        this.settings = Map.copyOf(settings);
    }

    /**
     * A file of a data set.
     *
     * @param name   relative to the data set's directory
     * @param bytes  its length
     * @param rows   rows or records in it
     * @param sha256 of its content, in hex, without what differs between two JVMs that write the same rows
     */
    public record Part(String name, long bytes, long rows, String sha256) implements java.io.Serializable {}

    /** Makes the files of a data set in an empty directory. */
    @FunctionalInterface
    public interface Maker {
        List<Part> make(Path directory) throws Exception;
    }

    private record Manifest(
            int version, String generator, Map<String, String> settings, String digest, List<Part> parts) {}

    /** Where it is, or will be. */
    public Path directory() {
        return new Path(trial.data(), name);
    }

    /**
     * Makes the data set unless it is there, and records that it is.
     *
     * @throws BadInput  if the directory holds something else, or part of it is missing or has another size
     * @throws Exception what the maker throws
     */
    public DataSetFact provide(Maker maker) throws Exception {
        long begin = System.nanoTime();
        FileSystem files = trial.fileSystem(directory());
        Optional<Manifest> found = reusable(files);
        Manifest manifest = found.isPresent() ? found.get() : make(files, maker);
        DataSetFact fact = new DataSetFact(
                name,
                directory().toString(),
                manifest.digest(),
                manifest.parts().size(),
                manifest.parts().stream().mapToLong(Part::bytes).sum(),
                manifest.parts().stream().mapToLong(Part::rows).sum(),
                found.isPresent(),
                System.nanoTime() - begin);
        trial.dataSetReady(fact);
        return fact;
    }

    private Optional<Manifest> reusable(FileSystem files) throws IOException {
        Map<String, Long> present = list(files);
        if (present.isEmpty() || present.containsKey(INCOMPLETE)) {
            return Optional.empty();
        }
        if (!present.containsKey(MANIFEST)) {
            throw refused("has no manifest of berth's, yet holds " + first(present));
        }
        Manifest manifest;
        try (InputStream in = files.open(new Path(directory(), MANIFEST))) {
            manifest = Formats.json().readValue(in, Manifest.class);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw refused("has a manifest that can't be read (%s)".formatted(e.getOriginalMessage()));
        }
        if (manifest.version() != MANIFEST_VERSION
                || !generator.equals(manifest.generator())
                || !settings.equals(manifest.settings())) {
            throw refused("is another data set: version %d of %s with %s, not version %d of %s with %s"
                    .formatted(
                            manifest.version(),
                            manifest.generator(),
                            new TreeMap<>(manifest.settings()),
                            MANIFEST_VERSION,
                            generator,
                            new TreeMap<>(settings)));
        }
        present.remove(MANIFEST);
        for (Part part : manifest.parts()) {
            Long bytes = present.remove(part.name());
            if (bytes == null) {
                throw refused("lacks its file %s".formatted(part.name()));
            }
            if (bytes != part.bytes()) {
                throw refused("has a file %s of %d bytes, which was made with %d"
                        .formatted(part.name(), bytes, part.bytes()));
            }
        }
        if (!present.isEmpty()) {
            throw refused("holds %s, which its manifest doesn't know".formatted(first(present)));
        }
        return Optional.of(manifest);
    }

    private Manifest make(FileSystem files, Maker maker) throws Exception {
        files.delete(directory(), true);
        files.mkdirs(directory());
        Path marker = new Path(directory(), INCOMPLETE);
        try (OutputStream out = files.create(marker, true)) {
            out.write("berth was interrupted while it made this data set, and will make it anew\n"
                    .getBytes(StandardCharsets.UTF_8));
        }
        List<Part> parts = new ArrayList<>(maker.make(directory()));
        parts.sort(Comparator.comparing(Part::name));
        Manifest manifest = new Manifest(MANIFEST_VERSION, generator, new TreeMap<>(settings), digest(parts), parts);
        try (OutputStream out = files.create(new Path(directory(), MANIFEST), true)) {
            out.write(Formats.json().writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
        }
        files.delete(marker, false);
        return manifest;
    }

    /** The files with their sizes, by their names relative to the directory. */
    private Map<String, Long> list(FileSystem files) throws IOException {
        Map<String, Long> present = new TreeMap<>();
        String root = files.makeQualified(directory()).toUri().getPath() + "/";
        try {
            RemoteIterator<LocatedFileStatus> all = files.listFiles(directory(), true);
            while (all.hasNext()) {
                LocatedFileStatus file = all.next();
                present.put(file.getPath().toUri().getPath().substring(root.length()), file.getLen());
            }
        } catch (FileNotFoundException e) {
            return present;
        }
        return present;
    }

    private static String digest(List<Part> parts) {
        StringBuilder lines = new StringBuilder();
        for (Part part : parts) {
            lines.append("%s %d %s\n".formatted(part.name(), part.bytes(), part.sha256()));
        }
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(lines.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String first(Map<String, Long> present) {
        return present.keySet().iterator().next() + (present.size() > 1 ? " and others" : "");
    }

    private BadInput refused(String why) {
        return new BadInput(
                "data set %s %s; remove that directory to have it made anew, or give the profile another one"
                        .formatted(directory(), why));
    }
}

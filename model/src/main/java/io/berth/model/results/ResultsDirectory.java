package io.berth.model.results;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.berth.model.plan.Plan;
import io.berth.model.plan.Trial;
import io.berth.model.text.BadInput;
import io.berth.model.text.FormatVersion;
import io.berth.model.text.Formats;
import io.berth.model.text.IoReason;
import io.berth.model.volumes.VolumeLives;
import io.berth.model.volumes.VolumeWave;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * The directory of one run: {@code plan.json}, {@code trials/ID.json}, {@code logs/}, {@code report.html}; of lives of
 * volumes {@code plan.json} without trials, {@code volumes.json} and {@code report.html}. A trial's file
 * is written aside, synchronised and renamed into place, so its presence is the journal: a trial is there whole or not at
 * all, whatever happened to the runner.
 */
public final class ResultsDirectory {
    /** Larger trials are compressed; their file is called {@code ID.json.gz}. */
    private static final int COMPRESSED_FROM_BYTES = 1 << 20;

    private final Path path;
    private final Plan plan;
    private final boolean made;
    private final Runnable beforeRename;

    private ResultsDirectory(Path path, Plan plan, boolean made, Runnable beforeRename) {
        this.path = path;
        this.plan = plan;
        this.made = made;
        this.beforeRename = beforeRename;
    }

    /**
     * Looks whether a new run of a plan can have a directory, and touches nothing.
     *
     * @throws BadInput if the directory holds something already
     */
    public static void requireFree(Path path, Plan plan) {
        Path planFile = path.resolve("plan.json");
        if (Files.exists(planFile)) {
            Plan there = open(path).plan();
            String whose = there.suite().equals(plan.suite())
                    ? "an earlier run of suite \"%s\"".formatted(there.suite())
                    : "another suite's run, \"%s\"".formatted(there.suite());
            throw new BadInput("%s holds %s; choose another --out, or look at it with berth report %s"
                    .formatted(path, whose, path));
        }
        if (Files.exists(path)) {
            if (!Files.isDirectory(path)) {
                throw new BadInput("%s is not a directory; choose another --out".formatted(path));
            }
            try {
                // A runner killed right at its start leaves a plan that isn't in place yet, and nothing else.
                if (entries(path).stream().anyMatch(entry -> !entry.equals(aside(planFile)))) {
                    throw new BadInput(
                            "%s is not empty and holds no results of berth; choose another --out".formatted(path));
                }
            } catch (IOException e) {
                throw new BadInput("%s can't be read (%s); choose another --out".formatted(path, IoReason.of(e)), e);
            }
        }
    }

    /**
     * Makes the directory of a new run.
     *
     * @throws BadInput    if the directory holds something already
     * @throws IOException if it can't be written
     */
    public static ResultsDirectory create(Path path, Plan plan) throws IOException {
        requireFree(path, plan);
        Path planFile = path.resolve("plan.json");
        boolean made = Files.notExists(path);
        Files.createDirectories(path);
        ResultsDirectory directory = new ResultsDirectory(path, plan, made, () -> {});
        directory.writeWhole(planFile, out -> writeJson(plan, out));
        directory.makeDirectories();
        return directory;
    }

    /**
     * Opens the directory of an earlier run.
     *
     * @throws BadInput if there is none, or if it was written in a format that this release can't read
     */
    public static ResultsDirectory open(Path path) {
        Path planFile = path.resolve("plan.json");
        if (!Files.isRegularFile(planFile)) {
            throw new BadInput("%s is not a results directory of berth: it has no plan.json".formatted(path));
        }
        return new ResultsDirectory(path, read(planFile, Plan.class), false, () -> {});
    }

    /** The same, doing something after a file is synchronised and before it is renamed: where tests end the process. */
    ResultsDirectory withRenameAfter(Runnable action) {
        return new ResultsDirectory(path, plan, made, action);
    }

    public Path path() {
        return path;
    }

    public Plan plan() {
        return plan;
    }

    /** Where logs, trial specs and record lines of the applications go. */
    public Path logs() {
        return path.resolve("logs");
    }

    /**
     * Removes what {@link #create} and {@link #lock} have made, if nothing else is there: of a run that could not begin. Where
     * something is, as a server's log that says why, everything stays.
     */
    public void discardIfUnused() throws IOException {
        List<Path> ours = List.of(trials(), logs(), path.resolve("lock"), path.resolve("plan.json"));
        if (!ours.containsAll(entries(path))
                || !entries(logs()).isEmpty()
                || !entries(trials()).isEmpty()) {
            return;
        }
        for (Path each : ours) {
            Files.deleteIfExists(each);
        }
        if (made) {
            Files.delete(path);
        }
    }

    private static List<Path> entries(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        }
    }

    /** Held by the one runner that uses a directory; the kernel releases it when the process ends, however it ends. */
    public static final class Lock implements AutoCloseable {
        private final FileChannel channel;

        private Lock(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /**
     * Takes the directory for this process.
     *
     * @throws BadInput if another runner has it
     */
    public Lock lock() throws IOException {
        makeDirectories();
        FileChannel channel = FileChannel.open(
                path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held by this very process: refused like any other.
        }
        if (lock == null) {
            String holder = new String(Files.readAllBytes(path.resolve("lock")), StandardCharsets.UTF_8);
            channel.close();
            throw new BadInput(
                    "%s is in use by another runner (%s); wait for it, or stop it".formatted(path, holder.strip()));
        }
        channel.truncate(0);
        channel.write(
                ByteBuffer.wrap(("process " + ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)));
        return new Lock(channel);
    }

    /**
     * Puts a trial's file into place. When this returns the file is on stable storage.
     *
     * @throws IOException if it can't be written; what was sealed before is unharmed
     */
    public void seal(TrialResult result) throws IOException {
        // Written twice rather than held: as text, a large trial takes as much memory again as it does itself.
        CountingOutputStream size = new CountingOutputStream();
        writeJson(result, size);
        String id = result.trial().id();
        boolean large = size.count >= COMPRESSED_FROM_BYTES;
        writeWhole(file(id, large ? ".json.gz" : ".json"), out -> {
            if (large) {
                GZIPOutputStream packed = new GZIPOutputStream(out);
                writeJson(result, packed);
                packed.finish();
            } else {
                writeJson(result, out);
            }
        });
        Files.deleteIfExists(file(id, large ? ".json" : ".json.gz"));
    }

    private static void writeJson(Object value, OutputStream out) throws IOException {
        Formats.json()
                .writerWithDefaultPrettyPrinter()
                .without(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .writeValue(out, value);
    }

    private static final class CountingOutputStream extends OutputStream {
        private long count;

        @Override
        public void write(int one) {
            count++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            count += length;
        }
    }

    /**
     * Puts the lives of volumes into place, in the place of what was there of them. When this returns the file is on stable
     * storage.
     *
     * @throws IOException if it can't be written; what was sealed before is unharmed
     */
    public void seal(List<VolumeWave> waves) throws IOException {
        writeWhole(volumes(), out -> writeJson(new VolumeLives(FormatVersion.CURRENT, waves), out));
    }

    /** What a file is to hold. */
    private interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Writes a file that is renewed as a whole, such as the report. */
    public void replace(String name, String content) throws IOException {
        writeWhole(path.resolve(name), out -> out.write(content.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The sealed file of a trial, if it has been sealed.
     *
     * @throws BadInput if the file is damaged or of a newer format
     */
    public Optional<TrialResult> trial(Trial trial) {
        for (String ending : List.of(".json", ".json.gz")) {
            Path file = file(trial.id(), ending);
            if (Files.exists(file)) {
                return Optional.of(read(file, TrialResult.class));
            }
        }
        return Optional.empty();
    }

    /**
     * Everything that is sealed.
     *
     * @throws BadInput if a file is damaged or of a newer format
     */
    public Results results() {
        List<TrialResult> trials = new ArrayList<>();
        for (Trial trial : plan.trials()) {
            trial(trial).ifPresent(trials::add);
        }
        List<VolumeWave> waves =
                Files.exists(volumes()) ? read(volumes(), VolumeLives.class).waves() : List.of();
        return new Results(plan, trials, waves);
    }

    /** After the plan, whose presence makes this a results directory; again before use, in case that was cut short. */
    private void makeDirectories() throws IOException {
        Files.createDirectories(trials());
        Files.createDirectories(logs());
    }

    private Path file(String id, String ending) {
        return trials().resolve(id + ending);
    }

    private Path trials() {
        return path.resolve("trials");
    }

    private Path volumes() {
        return path.resolve("volumes.json");
    }

    private static Path aside(Path file) {
        return file.resolveSibling("." + file.getFileName() + ".part");
    }

    private void writeWhole(Path file, Content content) throws IOException {
        Path aside = aside(file);
        try {
            try (FileChannel out = FileChannel.open(
                    aside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                OutputStream buffered = new BufferedOutputStream(Channels.newOutputStream(out));
                content.writeTo(buffered);
                buffered.flush();
                out.force(true);
            }
            beforeRename.run();
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(aside);
            throw e;
        }
        // A rename is only durable once its directory is.
        try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static <T> T read(Path file, Class<T> type) {
        try {
            try (InputStream in = open(file, Files.newInputStream(file))) {
                format(file, in).requireReadable(file.toString());
            }
            // Straight into objects: a tree of a large trial would be several times its size.
            try (InputStream in = open(file, Files.newInputStream(file))) {
                return Formats.json().readValue(in, type);
            }
        } catch (JsonProcessingException e) {
            throw damaged(file, type, e.getOriginalMessage().lines().findFirst().orElse("not JSON"), e);
        } catch (EOFException | ZipException e) {
            throw damaged(file, type, IoReason.of(e), e);
        } catch (IOException e) {
            throw new BadInput("%s can't be read (%s)".formatted(file, IoReason.of(e)), e);
        }
    }

    private static InputStream open(Path file, InputStream raw) throws IOException {
        try {
            return file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    /** Every file begins with it, so hardly anything is read. */
    private static FormatVersion format(Path file, InputStream in) throws IOException {
        try (JsonParser parser = Formats.json().createParser(in)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals("format") && value == JsonToken.VALUE_STRING) {
                    return FormatVersion.parse(parser.getText());
                }
                parser.skipChildren();
            }
        }
        throw new BadInput("%s is damaged: it has no format version".formatted(file));
    }

    private static BadInput damaged(Path file, Class<?> type, String why, IOException cause) {
        String todo = type.equals(TrialResult.class)
                ? "restore it, or move it away to run its trial again"
                : type.equals(VolumeLives.class)
                        ? "restore it, or move it away"
                        : "restore it: without it nothing here can be read";
        return new BadInput("%s is damaged (%s); %s".formatted(file, why, todo), cause);
    }
}

package io.berth.workloads;

import io.berth.model.check.PodFacts;
import io.berth.model.check.PodFacts.Problem;
import io.berth.model.check.PodTask;
import io.berth.model.check.Trouble;
import io.berth.model.mount.ExpectedMount;
import io.berth.model.mount.Mountinfo;
import io.berth.model.text.FormatVersion;
import io.berth.model.text.Formats;
import io.berth.model.text.RootCause;
import io.berth.workloads.Failures.StorageUnfit;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a storage as an executor would, without Spark: whether its mounts are what they should be, and whether a file can
 * be written, read and removed. Leaves nothing.
 */
public final class PodCheck {
    private static final String FILE = "doctor";

    private PodCheck() {}

    /** Does what the one argument says, a {@link PodTask} in JSON, and prints {@link PodFacts} as its last line. */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            System.err.println("usage: PodCheck TASK");
            System.exit(2);
        }
        System.out.println(Formats.json().writeValueAsString(look(Formats.json().readValue(args[0], PodTask.class))));
        // Clients of object stores keep threads.
        System.exit(0);
    }

    static PodFacts look(PodTask task) throws IOException {
        List<Problem> problems = new ArrayList<>();
        Mountinfo mounts = Mountinfo.self();
        for (ExpectedMount expected : task.mounts()) {
            Optional<Mountinfo.Mount> found = mounts.of(Path.of(expected.path()));
            Optional<String> difference = found.isEmpty()
                    ? Optional.of(expected.path() + " is not mounted at all")
                    : expected.difference(found.get());
            difference.ifPresent(text -> problems.add(new Problem(Trouble.MOUNT, text)));
        }
        URI directory = URI.create(task.directory());
        OptionalLong free = OptionalLong.empty();
        if ("file".equals(directory.getScheme())) {
            Path path = Path.of(directory);
            free = free(path);
            tryFile(path).ifPresent(problems::add);
        } else {
            tryObject(directory, task.conf()).ifPresent(problems::add);
        }
        return new PodFacts(
                System.currentTimeMillis(),
                user(),
                free,
                problems,
                Optional.of(FormatVersion.CURRENT),
                Optional.of(org.apache.spark.package$.MODULE$.SPARK_VERSION()));
    }

    private static Optional<Problem> tryFile(Path directory) {
        Path existing = existing(directory);
        String nonce = UUID.randomUUID().toString();
        Path file = directory.resolve(FILE);
        try {
            Files.createDirectories(directory);
            Files.writeString(file, nonce);
            if (!Files.readString(file).equals(nonce)) {
                return Optional.of(new Problem(Trouble.WRITE, file + " reads other than it was written"));
            }
            Files.delete(file);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(new Problem(
                    Trouble.WRITE,
                    "%s can't write below %s, which is %s (%s)".formatted(user(), existing, owner(existing), e)));
        } finally {
            removeEmpty(directory, existing);
        }
    }

    private static Path existing(Path path) {
        Path existing = path;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return existing;
    }

    /** What was there before stays; so does what others have used meanwhile. */
    private static void removeEmpty(Path directory, Path kept) {
        try {
            Files.deleteIfExists(directory.resolve(FILE));
            for (Path path = directory; path != null && !path.equals(kept); path = path.getParent()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            // Not empty, or not ours to remove.
        }
    }

    private static Optional<Problem> tryObject(URI directory, Map<String, String> settings) {
        Configuration conf = new Configuration();
        // To hear of a failure and not to outlive it.
        conf.set("fs.s3a.attempts.maximum", "1");
        conf.set("fs.s3a.retry.limit", "1");
        conf.set("fs.s3a.connection.establish.timeout", "5s");
        conf.set("fs.s3a.connection.timeout", "10s");
        conf.set("ipc.client.connect.max.retries", "1");
        conf.set("ipc.client.connect.max.retries.on.timeouts", "1");
        settings.forEach(conf::set);
        try {
            KeytabLogin.of(settings, conf);
        } catch (StorageUnfit e) {
            return Optional.of(new Problem(Trouble.CREDENTIALS_REFUSED, String.valueOf(e.getMessage())));
        }
        String nonce = UUID.randomUUID().toString();
        org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(new org.apache.hadoop.fs.Path(directory), FILE);
        try (FileSystem files = FileSystem.newInstance(directory, conf)) {
            try (OutputStream out = files.create(file, true)) {
                out.write(nonce.getBytes(StandardCharsets.US_ASCII));
            }
            try (FSDataInputStream in = files.open(file)) {
                if (!new String(in.readAllBytes(), StandardCharsets.US_ASCII).equals(nonce)) {
                    return Optional.of(new Problem(Trouble.WRITE, file + " reads other than it was written"));
                }
            }
            files.delete(file, false);
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            Trouble trouble = Trouble.of(e);
            return Optional.of(new Problem(
                    trouble == Trouble.WRITE && "s3a".equals(directory.getScheme())
                            ? Trouble.CREDENTIALS_REFUSED
                            : trouble,
                    "%s can't be written from a pod (%s)".formatted(directory, RootCause.of(e))));
        }
    }

    private static OptionalLong free(Path directory) {
        try {
            FileStore store = Files.getFileStore(existing(directory));
            return store.getTotalSpace() > 0 ? OptionalLong.of(store.getUsableSpace()) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private static String owner(Path path) {
        try {
            Map<String, Object> attributes = Files.readAttributes(path, "unix:uid,gid,mode");
            // What kind of file it is comes before the twelve bits of its mode.
            int mode = attributes.get("mode") instanceof Integer bits ? bits & 07777 : 0;
            return "owned by %s:%s with mode %o".formatted(attributes.get("uid"), attributes.get("gid"), mode);
        } catch (IOException e) {
            return "of an owner that can't be read";
        }
    }

    /** User and groups in numbers: names mean nothing to a storage. */
    private static String user() {
        try {
            Map<String, String> status = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .map(line -> line.split(":\\s*", 2))
                    .filter(words -> words.length == 2)
                    .collect(Collectors.toMap(words -> words[0], words -> words[1].strip(), (first, second) -> first));
            return "user %s with group %s and groups %s"
                    .formatted(
                            effective(status.get("Uid")),
                            effective(status.get("Gid")),
                            status.getOrDefault("Groups", ""));
        } catch (IOException e) {
            return "user " + System.getProperty("user.name");
        }
    }

    private static String effective(@Nullable String ids) {
        return ids == null ? "?" : ids.split("\\s+", -1)[0];
    }
}

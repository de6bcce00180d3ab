package io.berth.model.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The mount table of a process.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html">proc_pid_mountinfo(5)</a>
 */
public final class Mountinfo {
    private static final Path SELF = Path.of("/proc/self/mountinfo");

    private final List<Mount> mounts;

    private Mountinfo(List<Mount> mounts) {
        this.mounts = List.copyOf(mounts);
    }

    /**
     * One mounted file system.
     *
     * @param point   where it is mounted
     * @param root    the directory of the file system that is mounted there; not {@code /} for bind mounts
     * @param fsType  such as {@code ext4}
     * @param source  such as {@code /dev/vda}
     * @param options of the mount and of the superblock, each once
     */
    public record Mount(Path point, String root, String fsType, String source, List<String> options) {
        public Mount {
            options = List.copyOf(options);
        }
    }

    /**
     * The mounts of this process.
     *
     * @throws IOException where there is no such table: anywhere but on Linux
     */
    public static Mountinfo self() throws IOException {
        return parse(Files.readAllLines(SELF));
    }

    /**
     * The mounts that the lines of a mountinfo file name.
     *
     * @throws IllegalArgumentException for a line that isn't one of mountinfo's
     */
    public static Mountinfo parse(List<String> lines) {
        List<Mount> mounts = new ArrayList<>();
        for (String line : lines) {
            String[] halves = line.split(" - ", 2);
            String[] left = halves[0].split(" ", -1);
            String[] right = halves.length == 2 ? halves[1].split(" ", -1) : new String[0];
            if (left.length < 6 || right.length < 3) {
                throw new IllegalArgumentException("not a line of mountinfo: " + line);
            }
            List<String> options = new ArrayList<>(Arrays.asList(left[5].split(",", -1)));
            for (String option : right[2].split(",", -1)) {
                if (!options.contains(option)) {
                    options.add(option);
                }
            }
            mounts.add(new Mount(
                    Path.of(unescape(left[4])), unescape(left[3]), unescape(right[0]), unescape(right[1]), options));
        }
        return new Mountinfo(mounts);
    }

    /**
     * The mount that serves a path: the deepest mount point above it, the latest of those mounted over each other. The
     * path is resolved through symbolic links first, as far as it exists.
     */
    public Optional<Mount> of(Path path) throws IOException {
        Path existing = path.toAbsolutePath().normalize();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        Path real = existing.toRealPath();
        Mount best = null;
        for (Mount mount : mounts) {
            if (real.startsWith(mount.point())
                    && (best == null
                            || mount.point().getNameCount() >= best.point().getNameCount())) {
                best = mount;
            }
        }
        return Optional.ofNullable(best);
    }

    /** The kernel writes space, tab, line feed and backslash as three octal digits. */
    private static String unescape(String field) {
        if (field.indexOf('\\') < 0) {
            return field;
        }
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) == '\\' && i + 3 < field.length()) {
                plain.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(field.charAt(i));
            }
        }
        return plain.toString();
    }
}

package io.berth.model.mount;

import java.util.List;
import java.util.Optional;

/**
 * What a directory's mount must turn out to be before anything is measured on it.
 *
 * @param path    the directory
 * @param fsType  the file system's type as in mountinfo, such as {@code ext4}, {@code nfs4}, {@code fuse.glusterfs}
 * @param source  the mount's source, such as {@code filer:/export}
 * @param options mount options that must be set, such as {@code vers=4.2}
 * @param point   where it must be mounted; anywhere above the directory if absent
 */
public record ExpectedMount(
        String path, Optional<String> fsType, Optional<String> source, List<String> options, Optional<String> point) {
    public ExpectedMount {
        options = List.copyOf(options);
    }

    /** A mount anywhere above the directory. */
    public ExpectedMount(String path, Optional<String> fsType, Optional<String> source, List<String> options) {
        this(path, fsType, source, options, Optional.empty());
    }

    /** In one phrase for people how a mount differs from what is expected; empty if it doesn't. */
    public Optional<String> difference(Mountinfo.Mount found) {
        List<String> missing = options.stream()
                .filter(option -> !found.options().contains(option))
                .toList();
        if (fsType.orElse(found.fsType()).equals(found.fsType())
                && source.orElse(found.source()).equals(found.source())
                && point.orElse(found.point().toString()).equals(found.point().toString())
                && missing.isEmpty()) {
            return Optional.empty();
        }
        String wanted = fsType.orElse("any file system")
                + source.map(value -> " from " + value).orElse("")
                + point.map(value -> " mounted at " + value).orElse("");
        return Optional.of("%s is %s from %s with options %s (mounted at %s), but should be %s%s"
                .formatted(
                        path,
                        found.fsType(),
                        found.source(),
                        String.join(",", found.options()),
                        found.point(),
                        wanted,
                        missing.isEmpty() ? "" : " with " + String.join(",", missing)));
    }
}

package io.berth.model.plan;

import java.util.List;
import java.util.Optional;

/**
 * What a directory's mount must turn out to be before anything is measured on it.
 *
 * @param path    the directory
 * @param fsType  the file system's type as in mountinfo, such as {@code ext4}, {@code nfs4}, {@code fuse.glusterfs}
 * @param source  the mount's source, such as {@code filer:/export}
 * @param options mount options that must be set, such as {@code vers=4.2}
 */
public record ExpectedMount(String path, Optional<String> fsType, Optional<String> source, List<String> options) {
    public ExpectedMount {
        options = List.copyOf(options);
    }
}

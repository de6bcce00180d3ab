package io.berth.model.results;

import java.util.List;

/**
 * What a directory really is, read from {@code /proc/self/mountinfo} by the process that uses it.
 *
 * @param process    {@code driver} or {@code executor N}
 * @param role       the storage role it serves
 * @param path       the directory
 * @param mountPoint where the file system is mounted
 * @param fsType     such as {@code ext4}, {@code tmpfs}, {@code nfs4}
 * @param source     such as {@code /dev/vda}, {@code filer:/export}
 * @param options    mount and superblock options
 */
public record MountFact(
        String process,
        String role,
        String path,
        String mountPoint,
        String fsType,
        String source,
        List<String> options) {
    public MountFact {
        options = List.copyOf(options);
    }
}

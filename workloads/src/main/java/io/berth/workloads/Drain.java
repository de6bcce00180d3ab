package io.berth.workloads;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Forces what was written to stable storage. */
final class Drain {
    private Drain() {}

    /** Forces every file and directory under some directories; those that don't exist count as empty. */
    static void force(List<Path> directories) throws IOException {
        for (Path directory : directories) {
            if (!Files.exists(directory)) {
                continue;
            }
            List<Path> written;
            try (Stream<Path> all = Files.walk(directory)) {
                written = all.toList();
            }
            for (Path path : written) {
                // Opened for reading: fsync(2) needs no more, and directories can't be opened for writing.
                try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                    channel.force(true);
                }
            }
        }
    }
}

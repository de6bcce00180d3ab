package io.berth.workloads;

import io.berth.model.records.RecordLine;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What a process leaves on the storage under test for the runner to find there. A mount table says what a process believes;
 * a nonce that others see says where its bytes went.
 */
final class Nonces {
    private Nonces() {}

    /**
     * Leaves one.
     *
     * @param proofUri directory of the trial
     * @param process  {@code driver} or {@code executor N}
     */
    static RecordLine.NonceLeft leave(String proofUri, String process, Configuration conf) throws IOException {
        String nonce = UUID.randomUUID().toString();
        String name = process.replace(' ', '-');
        Path file = new Path(proofUri, name);
        // Not the file system that the workload will find in Hadoop's cache: that one should start cold.
        try (FileSystem files = FileSystem.newInstance(file.toUri(), conf);
                OutputStream out = files.create(file, true)) {
            out.write(nonce.getBytes(StandardCharsets.US_ASCII));
        }
        return new RecordLine.NonceLeft(process, name, nonce);
    }
}

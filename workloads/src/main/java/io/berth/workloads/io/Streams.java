package io.berth.workloads.io;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What one task does with one file. Only storage calls are timed; making and checking the bytes is not.
 *
 * @param directory   where the files are
 * @param fileBytes   length of each file
 * @param bufferBytes moved by one call of a sequential stream
 * @param reads       positioned reads in each file
 * @param readBytes   length of a positioned read
 * @param seed        of the bytes and the positions
 */
record Streams(String directory, long fileBytes, int bufferBytes, int reads, int readBytes, long seed)
        implements Serializable {
    /** Where positioned reads may begin: at a page. */
    private static final int ALIGNMENT_BYTES = 4096;

    /**
     * What a task found.
     *
     * @param file         index of the file
     * @param bytes        moved
     * @param nanos        inside storage calls
     * @param sum          over the bytes, by {@link Noise#sum}
     * @param wrongWords   that aren't what was written
     * @param latencyNanos of each positioned read; empty for streams
     */
    record Moved(int file, long bytes, long nanos, long sum, long wrongWords, List<Long> latencyNanos)
            implements Serializable {
        Moved {
            latencyNanos = List.copyOf(latencyNanos);
        }
    }

    Path path(int file) {
        return new Path(directory, "part-%05d".formatted(file));
    }

    Moved write(int file, Configuration conf) throws IOException {
        Noise noise = new Noise(seed, file);
        byte[] buffer = new byte[bufferBytes];
        long sum = 0;
        long begin = System.nanoTime();
        FileSystem files = path(file).getFileSystem(conf);
        long nanos;
        try (FSDataOutputStream out = files.create(path(file), true, bufferBytes)) {
            nanos = System.nanoTime() - begin;
            for (long position = 0; position < fileBytes; position += bufferBytes) {
                int length = (int) Math.min(bufferBytes, fileBytes - position);
                noise.fill(buffer, length, position);
                sum += Noise.sum(buffer, length, position);
                begin = System.nanoTime();
                out.write(buffer, 0, length);
                nanos += System.nanoTime() - begin;
            }
            begin = System.nanoTime();
        }
        nanos += System.nanoTime() - begin;
        return new Moved(file, fileBytes, nanos, sum, 0, List.of());
    }

    Moved read(int file, Configuration conf) throws IOException {
        Noise noise = new Noise(seed, file);
        byte[] buffer = new byte[bufferBytes];
        long sum = 0;
        long wrongWords = 0;
        long begin = System.nanoTime();
        FileSystem files = path(file).getFileSystem(conf);
        long nanos;
        try (FSDataInputStream in = files.open(path(file), bufferBytes)) {
            nanos = System.nanoTime() - begin;
            for (long position = 0; position < fileBytes; position += bufferBytes) {
                int length = (int) Math.min(bufferBytes, fileBytes - position);
                begin = System.nanoTime();
                in.readFully(buffer, 0, length);
                nanos += System.nanoTime() - begin;
                sum += Noise.sum(buffer, length, position);
                wrongWords += noise.wrongWords(buffer, length, position);
            }
            begin = System.nanoTime();
        }
        nanos += System.nanoTime() - begin;
        return new Moved(file, fileBytes, nanos, sum, wrongWords, List.of());
    }

    Moved readRandomly(int file, Configuration conf) throws IOException {
        Noise noise = new Noise(seed, file);
        byte[] buffer = new byte[readBytes];
        List<Long> latencyNanos = new ArrayList<>(reads);
        long sum = 0;
        long wrongWords = 0;
        long begin = System.nanoTime();
        FileSystem files = path(file).getFileSystem(conf);
        long nanos;
        try (FSDataInputStream in = files.open(path(file))) {
            nanos = System.nanoTime() - begin;
            for (int i = 0; i < reads; i++) {
                long position = position(file, i);
                begin = System.nanoTime();
                in.readFully(position, buffer, 0, readBytes);
                long latency = System.nanoTime() - begin;
                latencyNanos.add(latency);
                nanos += latency;
                sum += Noise.sum(buffer, readBytes, position);
                wrongWords += noise.wrongWords(buffer, readBytes, position);
            }
            begin = System.nanoTime();
        }
        nanos += System.nanoTime() - begin;
        return new Moved(file, (long) reads * readBytes, nanos, sum, wrongWords, latencyNanos);
    }

    /** What {@link #read} and {@link #readRandomly} must sum up to, computed without any storage. */
    long expectedSum(int file, boolean randomly) {
        Noise noise = new Noise(seed, file);
        byte[] buffer = new byte[randomly ? readBytes : bufferBytes];
        long sum = 0;
        if (randomly) {
            for (int i = 0; i < reads; i++) {
                noise.fill(buffer, readBytes, position(file, i));
                sum += Noise.sum(buffer, readBytes, position(file, i));
            }
            return sum;
        }
        for (long position = 0; position < fileBytes; position += bufferBytes) {
            int length = (int) Math.min(bufferBytes, fileBytes - position);
            noise.fill(buffer, length, position);
            sum += Noise.sum(buffer, length, position);
        }
        return sum;
    }

    /** Equally likely over the file; the same in every iteration, because answers have to be equal. */
    private long position(int file, int read) {
        long places = (fileBytes - readBytes) / ALIGNMENT_BYTES + 1;
        return Long.remainderUnsigned(Noise.mix(seed ^ Noise.mix(((long) file << 32) + read + 1)), places)
                * ALIGNMENT_BYTES;
    }
}

package io.berth.workloads.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StreamsTest {
    private static final Configuration CONF = new Configuration();
    private static final long FILE_BYTES = (1 << 20) + 8;

    @TempDir
    Path directory = Path.of("");

    private Streams streams() {
        return new Streams(directory.toUri().toString(), FILE_BYTES, 64 << 10, 32, 16 << 10, 7);
    }

    private Path file(int index) {
        return directory.resolve("part-%05d".formatted(index));
    }

    private void tamper(int index) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(file(index).toFile(), "rw")) {
            file.seek(FILE_BYTES - 9);
            int old = file.read();
            file.seek(FILE_BYTES - 9);
            file.write(old ^ 1);
        }
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        Streams.Moved written = streams().write(3, CONF);
        Streams.Moved read = streams().read(3, CONF);
        assertThat(Files.size(file(3))).isEqualTo(FILE_BYTES);
        assertThat(read.bytes()).isEqualTo(FILE_BYTES);
        assertThat(read.wrongWords()).isZero();
        assertThat(read.sum()).isEqualTo(written.sum()).isEqualTo(streams().expectedSum(3, false));
    }

    @Test
    void piecesAreReadAtTheirPlaces() throws IOException {
        streams().write(0, CONF);
        Streams.Moved read = streams().readRandomly(0, CONF);
        assertThat(read.bytes()).isEqualTo(32 * (16 << 10));
        assertThat(read.latencyNanos()).hasSize(32).allMatch(nanos -> nanos > 0);
        assertThat(read.nanos())
                .isGreaterThan(
                        read.latencyNanos().stream().mapToLong(Long::longValue).sum());
        assertThat(read.wrongWords()).isZero();
        assertThat(read.sum()).isEqualTo(streams().expectedSum(0, true));
    }

    @Test
    void aByteThatChangedUnderTheFileSystemsOwnChecksumIsAWrongWord() throws IOException {
        streams().write(0, CONF);
        tamper(0);
        Files.delete(directory.resolve(".part-00000.crc"));
        Streams.Moved read = streams().read(0, CONF);
        assertThat(read.wrongWords()).isEqualTo(1);
        assertThat(read.sum()).isNotEqualTo(streams().expectedSum(0, false));
    }

    @Test
    void aByteThatTheFileSystemKnowsToBeWrongIsAnException() throws IOException {
        streams().write(0, CONF);
        tamper(0);
        assertThatThrownBy(() -> streams().read(0, CONF)).isInstanceOf(ChecksumException.class);
    }

    @Test
    void aFileOfAnotherLengthIsAnException() throws IOException {
        streams().write(0, CONF);
        try (RandomAccessFile file = new RandomAccessFile(file(0).toFile(), "rw")) {
            file.setLength(FILE_BYTES / 2);
        }
        Files.delete(directory.resolve(".part-00000.crc"));
        assertThatThrownBy(() -> streams().read(0, CONF)).isInstanceOf(EOFException.class);
    }

    @Test
    void aFileThatIsGoneIsAnException() {
        assertThatThrownBy(() -> streams().read(0, CONF)).isInstanceOf(FileNotFoundException.class);
    }

    @Test
    void percentilesAreNearestRanks() {
        long[] sorted = {10, 20, 30, 40};
        assertThat(Throughput.percentile(sorted, 0.50)).isEqualTo(20);
        assertThat(Throughput.percentile(sorted, 0.99)).isEqualTo(40);
        assertThat(Throughput.percentile(sorted, 0)).isEqualTo(10);
    }
}

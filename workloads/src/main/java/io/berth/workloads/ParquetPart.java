package io.berth.workloads;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;

/**
 * Writes a data set's part as Parquet, the same bytes wherever it is written. Spark's own writer would name files after a
 * random job and cut them by partitions.
 */
public final class ParquetPart {
    /** Small enough that Parquet's memory manager never has to shrink row groups, which would change the bytes. */
    private static final long ROW_GROUP_BYTES = 16L << 20;

    private ParquetPart() {}

    /**
     * The fields of a row, in the schema's order.
     *
     * @param <T> what a row is made of
     */
    @FunctionalInterface
    public interface Fields<T> {
        void write(T row, RecordConsumer consumer);
    }

    /**
     * Writes a file.
     *
     * @param directory of the data set
     * @param name      relative to it
     * @throws IOException what the storage throws
     */
    public static <T> DataSet.Part write(
            Path directory,
            String name,
            MessageType schema,
            Iterable<? extends T> rows,
            Fields<T> fields,
            Configuration conf)
            throws IOException {
        DigestingFile file = new DigestingFile(new Path(directory, name), conf);
        long count = 0;
        try (ParquetWriter<T> writer = new Builder<>(file, new Rows<>(schema, fields, file))
                .withConf(conf)
                .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
                .withWriterVersion(ParquetProperties.WriterVersion.PARQUET_1_0)
                .withCompressionCodec(CompressionCodecName.SNAPPY)
                .withRowGroupSize(ROW_GROUP_BYTES)
                .build()) {
            for (T row : rows) {
                writer.write(row);
                count++;
            }
        }
        return new DataSet.Part(name, file.bytes, count, HexFormat.of().formatHex(file.digest.digest()));
    }

    private static final class Builder<T> extends ParquetWriter.Builder<T, Builder<T>> {
        private final Rows<T> rows;

        Builder(DigestingFile file, Rows<T> rows) {
            super(file);
            this.rows = rows;
        }

        @Override
        protected Builder<T> self() {
            return this;
        }

        @Override
        @SuppressWarnings("deprecation") // the only one that is abstract
        protected WriteSupport<T> getWriteSupport(Configuration conf) {
            return rows;
        }
    }

    private static final class Rows<T> extends WriteSupport<T> {
        private final MessageType schema;
        private final Fields<T> fields;
        private final DigestingFile file;
        private RecordConsumer consumer;

        @SuppressWarnings("NullAway.Init")
        Rows(MessageType schema, Fields<T> fields, DigestingFile file) {
            this.schema = schema;
            this.fields = fields;
            this.file = file;
        }

        @Override
        @SuppressWarnings("deprecation") // the only one that is abstract
        public WriteContext init(Configuration conf) {
            return new WriteContext(schema, Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer recordConsumer) {
            consumer = recordConsumer;
        }

        @Override
        public void write(T row) {
            consumer.startMessage();
            fields.write(row, consumer);
            consumer.endMessage();
        }

        @Override
        public FinalizedWriteContext finalizeWrite() {
            file.rowGroupsAreWritten();
            return super.finalizeWrite();
        }
    }

    /**
     * Counts and digests what is written, so that nothing has to be read back. The footer isn't digested: Parquet keeps a
     * column's encodings in a hash set of enums, so it lists them in another order in every JVM.
     */
    private static final class DigestingFile implements OutputFile {
        private final Path path;
        private final Configuration conf;
        private final MessageDigest digest;
        private long bytes;
        private boolean footer;

        DigestingFile(Path path, Configuration conf) {
            this.path = path;
            this.conf = conf;
            try {
                this.digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }

        void rowGroupsAreWritten() {
            footer = true;
        }

        @Override
        public PositionOutputStream create(long blockSizeHint) throws IOException {
            return createOrOverwrite(blockSizeHint);
        }

        @Override
        public PositionOutputStream createOrOverwrite(long blockSizeHint) throws IOException {
            FSDataOutputStream out = path.getFileSystem(conf).create(path, true);
            return new PositionOutputStream() {
                @Override
                public long getPos() {
                    return bytes;
                }

                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] from, int offset, int length) throws IOException {
                    out.write(from, offset, length);
                    if (!footer) {
                        digest.update(from, offset, length);
                    }
                    bytes += length;
                }

                @Override
                public void flush() throws IOException {
                    out.flush();
                }

                @Override
                public void close() throws IOException {
                    out.close();
                }
            };
        }

        @Override
        public boolean supportsBlockSize() {
            return false;
        }

        @Override
        public long defaultBlockSize() {
            return 0;
        }
    }
}

package io.berth.workloads.sql;

import io.berth.workloads.DataSet;
import io.trino.tpch.TpchColumn;
import io.trino.tpch.TpchEntity;
import java.io.IOException;
import java.io.Serializable;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
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
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;

/**
 * One Parquet file of a table, the same bytes wherever it is written. Spark's own writer would name files after a random
 * job and cut them by partitions.
 */
record TableFile(Table table, int index) implements Serializable {
    /** Small enough that Parquet's memory manager never has to shrink row groups, which would change the bytes. */
    private static final long ROW_GROUP_BYTES = 16L << 20;

    private static final double CENTS = 100;

    /** Relative to the data set's directory. */
    String name() {
        return "%s/part-%05d.parquet".formatted(table.label(), index);
    }

    DataSet.Part write(Path directory, double scaleFactor, Configuration conf) throws IOException {
        DigestingFile file = new DigestingFile(new Path(directory, name()), conf);
        long rows = 0;
        try (ParquetWriter<TpchEntity> writer = new Builder(file, table)
                .withConf(conf)
                .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
                .withWriterVersion(ParquetProperties.WriterVersion.PARQUET_1_0)
                .withCompressionCodec(CompressionCodecName.SNAPPY)
                .withRowGroupSize(ROW_GROUP_BYTES)
                .build()) {
            for (TpchEntity row : table.rows(scaleFactor, index)) {
                writer.write(row);
                rows++;
            }
        }
        return new DataSet.Part(name(), file.bytes, rows, HexFormat.of().formatHex(file.digest.digest()));
    }

    private static final class Builder extends ParquetWriter.Builder<TpchEntity, Builder> {
        private final DigestingFile file;
        private final Table table;

        Builder(DigestingFile file, Table table) {
            super(file);
            this.file = file;
            this.table = table;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        @SuppressWarnings("deprecation") // the only one that is abstract
        protected WriteSupport<TpchEntity> getWriteSupport(Configuration conf) {
            return new Rows(table, file);
        }
    }

    private static final class Rows extends WriteSupport<TpchEntity> {
        private final Table table;
        private final DigestingFile file;
        private final List<TpchColumn<TpchEntity>> columns;
        private RecordConsumer consumer;

        @SuppressWarnings({"unchecked", "NullAway.Init"})
        Rows(Table table, DigestingFile file) {
            this.table = table;
            this.file = file;
            // Table pairs each generator with the columns of its own entities.
            this.columns = (List<TpchColumn<TpchEntity>>) (List<?>) table.columns();
        }

        @Override
        @SuppressWarnings("deprecation") // the only one that is abstract
        public WriteContext init(Configuration conf) {
            return new WriteContext(table.parquetSchema(), Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer recordConsumer) {
            consumer = recordConsumer;
        }

        @Override
        public void write(TpchEntity row) {
            consumer.startMessage();
            for (int i = 0; i < columns.size(); i++) {
                TpchColumn<TpchEntity> column = columns.get(i);
                consumer.startField(column.getColumnName(), i);
                switch (column.getType().getBase()) {
                    case IDENTIFIER -> consumer.addLong(column.getIdentifier(row));
                    case INTEGER -> consumer.addInteger(column.getInteger(row));
                    case DATE -> consumer.addInteger(column.getDate(row));
                    case DOUBLE -> consumer.addLong(Math.round(column.getDouble(row) * CENTS));
                    case VARCHAR -> consumer.addBinary(Binary.fromString(column.getString(row)));
                }
                consumer.endField(column.getColumnName(), i);
            }
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

package io.berth.workloads.streaming;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.berth.model.text.Formats;
import java.io.Serializable;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.connector.read.streaming.Offset;
import org.apache.spark.sql.connector.read.streaming.ReadLimit;
import org.apache.spark.sql.connector.read.streaming.SupportsAdmissionControl;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/**
 * An open-loop streaming source: contiguous values, each offered when its {@link Schedule} says and not when the query
 * asks for more. The schedule begins when a query first asks; that moment is part of every offset, so that a query which
 * goes on from its checkpoint also goes on in its schedule. Spark's own rate source offers whole seconds only.
 */
public final class PacedSource implements TableProvider {
    static final String ROWS = "rows";
    static final String ROWS_PER_SECOND = "rowsPerSecond";

    static final String VALUE = "value";
    static final String EVENT_TIME = "eventTime";

    private static final StructType SCHEMA =
            new StructType().add(VALUE, DataTypes.LongType, false).add(EVENT_TIME, DataTypes.TimestampType, false);

    @Override
    public StructType inferSchema(CaseInsensitiveStringMap options) {
        return SCHEMA;
    }

    @Override
    public Table getTable(StructType schema, Transform[] partitioning, Map<String, String> properties) {
        return new PacedTable();
    }

    private static final class PacedTable implements SupportsRead {
        @Override
        public String name() {
            return "paced";
        }

        @Override
        @SuppressWarnings("deprecation") // the one that Spark 3.5 has, too; columns() is derived from it
        public StructType schema() {
            return SCHEMA;
        }

        @Override
        public Set<TableCapability> capabilities() {
            return Set.of(TableCapability.MICRO_BATCH_READ);
        }

        @Override
        public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
            Schedule schedule = new Schedule(options.getLong(ROWS, 0), options.getLong(ROWS_PER_SECOND, 1));
            return () -> new PacedScan(schedule);
        }
    }

    private record PacedScan(Schedule schedule) implements Scan {
        @Override
        public StructType readSchema() {
            return SCHEMA;
        }

        /** Names the stage, so it must be the same in every application. */
        @Override
        public String description() {
            return "paced";
        }

        @Override
        public MicroBatchStream toMicroBatchStream(String checkpointLocation) {
            int partitions = SparkSession.active().sparkContext().defaultParallelism();
            return new Paced(schedule, partitions, System::currentTimeMillis);
        }
    }

    /**
     * How far the stream has been read.
     *
     * @param rows        values read
     * @param beginMillis when the schedule began, in milliseconds since 1970 on the driver's clock
     */
    record Position(long rows, long beginMillis) {
        static Position of(String json) {
            try {
                return Formats.json().readValue(json, Position.class);
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException("not an offset of the paced source: " + json, e);
            }
        }

        Offset offset() {
            try {
                return new PacedOffset(Formats.json().writeValueAsString(this));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static final class PacedOffset extends Offset {
        private final String json;

        PacedOffset(String json) {
            this.json = json;
        }

        @Override
        public String json() {
            return json;
        }
    }

    /** The driver's side. Called from one thread, the query's. */
    static final class Paced implements MicroBatchStream, SupportsAdmissionControl {
        private final Schedule schedule;
        private final int partitions;
        private final LongSupplier clockMillis;
        private @Nullable Offset initial;

        Paced(Schedule schedule, int partitions, LongSupplier clockMillis) {
            this.schedule = schedule;
            this.partitions = partitions;
            this.clockMillis = clockMillis;
        }

        @Override
        public Offset initialOffset() {
            if (initial == null) {
                initial = new Position(0, clockMillis.getAsLong()).offset();
            }
            return initial;
        }

        /** What is due by now, or null, which is Spark's word for nothing new. */
        @Override
        public @Nullable Offset latestOffset(Offset start, ReadLimit limit) {
            Position from = Position.of(start.json());
            long due = schedule.due(clockMillis.getAsLong() - from.beginMillis());
            return due <= from.rows() ? null : new Position(due, from.beginMillis()).offset();
        }

        @Override
        public Offset latestOffset() {
            throw new UnsupportedOperationException("Spark asks with the place where it is");
        }

        @Override
        public Offset deserializeOffset(String json) {
            return Position.of(json).offset();
        }

        @Override
        public InputPartition[] planInputPartitions(Offset start, Offset end) {
            long from = Position.of(start.json()).rows();
            long rows = Position.of(end.json()).rows() - from;
            InputPartition[] ranges = new InputPartition[partitions];
            for (int i = 0; i < partitions; i++) {
                ranges[i] = new Range(from + rows * i / partitions, from + rows * (i + 1) / partitions);
            }
            return ranges;
        }

        @Override
        public PartitionReaderFactory createReaderFactory() {
            return new Readers(schedule);
        }

        @Override
        public void commit(Offset end) {
            // Values can be computed again at any time.
        }

        @Override
        public void stop() {
            // Nothing runs.
        }
    }

    private record Range(long from, long to) implements InputPartition {}

    private record Readers(Schedule schedule) implements PartitionReaderFactory, Serializable {
        @Override
        public PartitionReader<InternalRow> createReader(InputPartition partition) {
            Range range = (Range) partition;
            return new PartitionReader<>() {
                private long next = range.from();

                @Override
                public boolean next() {
                    return next++ < range.to();
                }

                @Override
                public InternalRow get() {
                    long value = next - 1;
                    return new GenericInternalRow(new Object[] {value, schedule.eventMicros(value)});
                }

                @Override
                public void close() {
                    // Nothing is open.
                }
            };
        }
    }
}

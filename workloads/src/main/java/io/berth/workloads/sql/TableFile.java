package io.berth.workloads.sql;

import io.berth.workloads.DataSet;
import io.berth.workloads.ParquetPart;
import io.trino.tpch.TpchColumn;
import io.trino.tpch.TpchEntity;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;

/** One Parquet file of a table. */
record TableFile(Table table, int index) implements Serializable {
    private static final double CENTS = 100;

    /** Relative to the data set's directory. */
    String name() {
        return "%s/part-%05d.parquet".formatted(table.label(), index);
    }

    DataSet.Part write(Path directory, double scaleFactor, Configuration conf) throws IOException {
        // Table pairs each generator with the columns of its own entities.
        @SuppressWarnings("unchecked")
        List<TpchColumn<TpchEntity>> columns = (List<TpchColumn<TpchEntity>>) (List<?>) table.columns();
        return ParquetPart.<TpchEntity>write(
                directory,
                name(),
                table.parquetSchema(),
                table.rows(scaleFactor, index),
                (row, consumer) -> write(row, columns, consumer),
                conf);
    }

    private static void write(TpchEntity row, List<TpchColumn<TpchEntity>> columns, RecordConsumer consumer) {
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
    }
}

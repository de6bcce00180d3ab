package io.berth.workloads.sql;

import io.trino.tpch.CustomerGenerator;
import io.trino.tpch.Distributions;
import io.trino.tpch.LineItemGenerator;
import io.trino.tpch.NationGenerator;
import io.trino.tpch.OrderGenerator;
import io.trino.tpch.PartGenerator;
import io.trino.tpch.PartSupplierGenerator;
import io.trino.tpch.RegionGenerator;
import io.trino.tpch.SupplierGenerator;
import io.trino.tpch.TextPool;
import io.trino.tpch.TpchColumn;
import io.trino.tpch.TpchEntity;
import io.trino.tpch.TpchTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** TPC-H's tables, their types and into how many files they are cut. */
enum Table {
    LINEITEM(TpchTable.LINE_ITEM, 6_000_000, 4),
    ORDERS(TpchTable.ORDERS, 1_500_000, 2),
    PARTSUPP(TpchTable.PART_SUPPLIER, 800_000, 2),
    PART(TpchTable.PART, 200_000, 1),
    CUSTOMER(TpchTable.CUSTOMER, 150_000, 1),
    SUPPLIER(TpchTable.SUPPLIER, 10_000, 1),
    NATION(TpchTable.NATION, 0, 1),
    REGION(TpchTable.REGION, 0, 1);

    /** Money and quantities; 12 digits are enough for every scale factor. */
    static final int DECIMAL_DIGITS = 12;

    static final int DECIMAL_SCALE = 2;

    /** About 60 MB of lineitem. */
    private static final long ROWS_PER_FILE = 1_500_000;

    /** dbgen's pool has 300 MB, which is a third of a small driver's heap. Only comments differ, which no query reads. */
    private static final int TEXT_POOL_BYTES = 16 << 20;

    @SuppressWarnings("ImmutableEnumChecker") // it is, but the library doesn't say so
    private final TpchTable<?> source;

    private final long rowsPerScaleFactor;
    private final int leastFiles;

    Table(TpchTable<?> source, long rowsPerScaleFactor, int leastFiles) {
        this.source = source;
        this.rowsPerScaleFactor = rowsPerScaleFactor;
        this.leastFiles = leastFiles;
    }

    /** The name in SQL, and of the directory. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Depends on the scale alone, never on where and how parallel the table is made. */
    int files(double scaleFactor) {
        return (int) Math.max(leastFiles, Math.ceil(rowsPerScaleFactor * scaleFactor / ROWS_PER_FILE));
    }

    double rowsPerFile(double scaleFactor) {
        return rowsPerScaleFactor * scaleFactor / files(scaleFactor);
    }

    List<? extends TpchColumn<?>> columns() {
        return source.getColumns();
    }

    /** The rows of one file. */
    Iterable<? extends TpchEntity> rows(double scaleFactor, int file) {
        Distributions words = Distributions.getDefaultDistributions();
        TextPool texts = Texts.POOL;
        int part = file + 1;
        int parts = files(scaleFactor);
        return switch (this) {
            case LINEITEM -> new LineItemGenerator(scaleFactor, part, parts, words, texts);
            case ORDERS -> new OrderGenerator(scaleFactor, part, parts, words, texts);
            case PARTSUPP -> new PartSupplierGenerator(scaleFactor, part, parts, texts);
            case PART -> new PartGenerator(scaleFactor, part, parts, words, texts);
            case CUSTOMER -> new CustomerGenerator(scaleFactor, part, parts, words, texts);
            case SUPPLIER -> new SupplierGenerator(scaleFactor, part, parts, words, texts);
            case NATION -> new NationGenerator(words, texts);
            case REGION -> new RegionGenerator(words, texts);
        };
    }

    StructType sparkSchema() {
        List<StructField> fields = new ArrayList<>();
        for (TpchColumn<?> column : columns()) {
            DataType type =
                    switch (column.getType().getBase()) {
                        case IDENTIFIER -> DataTypes.LongType;
                        case INTEGER -> DataTypes.IntegerType;
                        case DATE -> DataTypes.DateType;
                        case DOUBLE -> DataTypes.createDecimalType(DECIMAL_DIGITS, DECIMAL_SCALE);
                        case VARCHAR -> DataTypes.StringType;
                    };
            fields.add(DataTypes.createStructField(column.getColumnName(), type, false));
        }
        return DataTypes.createStructType(fields);
    }

    MessageType parquetSchema() {
        List<Type> fields = new ArrayList<>();
        for (TpchColumn<?> column : columns()) {
            fields.add(
                    switch (column.getType().getBase()) {
                        case IDENTIFIER ->
                            Types.required(PrimitiveTypeName.INT64).named(column.getColumnName());
                        case INTEGER -> Types.required(PrimitiveTypeName.INT32).named(column.getColumnName());
                        case DATE ->
                            Types.required(PrimitiveTypeName.INT32)
                                    .as(LogicalTypeAnnotation.dateType())
                                    .named(column.getColumnName());
                        case DOUBLE ->
                            Types.required(PrimitiveTypeName.INT64)
                                    .as(LogicalTypeAnnotation.decimalType(DECIMAL_SCALE, DECIMAL_DIGITS))
                                    .named(column.getColumnName());
                        case VARCHAR ->
                            Types.required(PrimitiveTypeName.BINARY)
                                    .as(LogicalTypeAnnotation.stringType())
                                    .named(column.getColumnName());
                    });
        }
        return new MessageType(label(), fields);
    }

    /** Made once in a process that makes data, and not at all in others. */
    private static final class Texts {
        static final TextPool POOL = new TextPool(TEXT_POOL_BYTES, Distributions.getDefaultDistributions());
    }
}

package io.berth.workloads;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;

/**
 * A checksum over rows in any order. Each row is written canonically and hashed; hashes are added, so that a row that comes
 * twice counts twice. Decimals lose trailing zeros; floating-point numbers keep {@value #SIGNIFICANT_DIGITS} digits, because
 * their sums depend on the order of adding.
 */
public final class Checksum {
    private static final int SIGNIFICANT_DIGITS = 9;
    private static final String FIELD_END = "\u001f";
    private static final String ABSENT = "\u0000";

    private long high;
    private long low;
    private long rows;

    /** The checksum of some rows. */
    public static Checksum of(List<Row> rows) {
        Checksum checksum = new Checksum();
        rows.forEach(row -> checksum.add(scala.jdk.javaapi.CollectionConverters.asJava(row.toSeq())));
        return checksum;
    }

    /** Adds a row. */
    public void add(Iterable<?> row) {
        StringBuilder text = new StringBuilder();
        for (Object value : row) {
            text.append(canonical(value)).append(FIELD_END);
        }
        try {
            ByteBuffer hash = ByteBuffer.wrap(
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8)));
            high += hash.getLong();
            low += hash.getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        rows++;
    }

    /** How many rows were added. */
    public long rows() {
        return rows;
    }

    /** 32 hex digits. */
    public String hex() {
        return "%016x%016x".formatted(high, low);
    }

    private static String canonical(@org.jspecify.annotations.Nullable Object value) {
        if (value == null) {
            return ABSENT;
        }
        if (value instanceof BigDecimal decimal) {
            return plain(decimal);
        }
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            return Double.isFinite(number)
                    ? plain(new BigDecimal(number).round(new MathContext(SIGNIFICANT_DIGITS)))
                    : String.valueOf(number);
        }
        if (value instanceof scala.collection.Iterable<?> many) {
            return scala.jdk.javaapi.CollectionConverters.asJavaCollection(many).stream()
                    .map(Checksum::canonical)
                    .collect(Collectors.joining(",", "[", "]"));
        }
        return String.valueOf(value);
    }

    private static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }
}

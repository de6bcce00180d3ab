package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

final class ChecksumTest {
    private static final Row ONE = RowFactory.create("a", 1L, new BigDecimal("1.50"));
    private static final Row OTHER = RowFactory.create("b", 2L, new BigDecimal("2.00"));

    private static String sum(Row... rows) {
        return Checksum.of(List.of(rows)).hex();
    }

    @Test
    void theOrderOfRowsDoesNotMatter() {
        assertThat(sum(ONE, OTHER)).isEqualTo(sum(OTHER, ONE));
    }

    @Test
    void aRowThatComesTwiceIsNotTheSameAsOnce() {
        assertThat(sum(ONE, ONE)).isNotEqualTo(sum(ONE));
        assertThat(sum(ONE, ONE, OTHER)).isNotEqualTo(sum(ONE, OTHER, OTHER));
    }

    @Test
    void trailingZerosOfDecimalsDoNotMatter() {
        assertThat(sum(RowFactory.create(new BigDecimal("100"))))
                .isEqualTo(sum(RowFactory.create(new BigDecimal("1.00E2"))));
        assertThat(sum(RowFactory.create(new BigDecimal("0.00")))).isEqualTo(sum(RowFactory.create(BigDecimal.ZERO)));
    }

    @Test
    void doublesAreEqualToNineDigitsOnly() {
        assertThat(sum(RowFactory.create(0.1 + 0.2))).isEqualTo(sum(RowFactory.create(0.3)));
        assertThat(sum(RowFactory.create(0.30000001))).isNotEqualTo(sum(RowFactory.create(0.3)));
    }

    @Test
    void fieldsDoNotRunIntoEachOther() {
        assertThat(sum(RowFactory.create("ab", "c"))).isNotEqualTo(sum(RowFactory.create("a", "bc")));
    }

    @Test
    void nullIsNotTheWordNull() {
        assertThat(Checksum.of(Arrays.asList(RowFactory.create((Object) null))).hex())
                .isNotEqualTo(sum(RowFactory.create("null")));
    }
}

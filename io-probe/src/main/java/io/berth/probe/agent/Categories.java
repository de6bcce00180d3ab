package io.berth.probe.agent;

import io.berth.model.results.IoCategory;
import io.berth.probe.bridge.Cells;

/** The categories by the numbers that the bridge knows them by. */
public final class Categories {
    private static final IoCategory[] ALL = IoCategory.values();

    private Categories() {}

    /** The number of a category; never stored, so that it may change with the enum. */
    @SuppressWarnings("EnumOrdinal")
    public static int number(IoCategory category) {
        return category.ordinal();
    }

    /** The category of a cell. */
    public static IoCategory of(int cell) {
        return ALL[Cells.category(cell)];
    }
}

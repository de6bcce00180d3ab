package io.berth.probe.bridge;

/**
 * What a thread calls storage for, where the call itself doesn't tell: a spill is written through the same class as
 * shuffle data, a checkpoint through the same class as a table. Inside a scope, categories are replaced.
 */
public final class Purpose {
    public static final int NONE = 0;
    /** Writing a spill. */
    public static final int SPILL = 1;
    /** Merging spills into the output of a map task. */
    public static final int MERGE = 2;
    /** Writing a checkpoint of an RDD; what is read meanwhile is the RDD's input. */
    public static final int CHECKPOINT_WRITE = 3;
    /** Reading or writing logs and state of a streaming query. */
    public static final int CHECKPOINT = 4;

    private static final int KINDS = 5;

    /** The category for each purpose and category; set by the agent, which knows the categories. */
    private static final int[][] REPLACED = new int[KINDS][Cells.CATEGORIES];

    static {
        for (int[] categories : REPLACED) {
            for (int category = 0; category < Cells.CATEGORIES; category++) {
                categories[category] = category;
            }
        }
    }

    private Purpose() {}

    /** Inside a scope of that purpose, one category counts as another. To be called before any hook is in place. */
    public static void replace(int purpose, int category, int by) {
        REPLACED[purpose][category] = by;
    }

    static int replaced(int purpose, int cell) {
        return Cells.cell(Cells.scheme(cell), REPLACED[purpose][Cells.category(cell)]);
    }
}

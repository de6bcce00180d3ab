package io.berth.probe.bridge;

/**
 * A cell is one number for a scheme and a category, so that a hook carries a constant and an account is an array.
 * Categories are the ordinals of {@code io.berth.model.results.IoCategory}, which the bootstrap loader doesn't know.
 */
public final class Cells {
    /** As many as {@code IoCategory} has; a test compares them. */
    public static final int CATEGORIES = 13;

    /** {@code IoCategory.OPEN}. */
    public static final int OPEN = 0;

    /** How many cells there are. */
    public static final int COUNT = Schemes.COUNT * CATEGORIES;

    private Cells() {}

    public static int cell(int scheme, int category) {
        return scheme * CATEGORIES + category;
    }

    public static int scheme(int cell) {
        return cell / CATEGORIES;
    }

    public static int category(int cell) {
        return cell % CATEGORIES;
    }
}

package io.berth.reports.text;

import java.util.ArrayList;
import java.util.List;

/** Text for a terminal: lines of at most {@value #COLUMNS} columns, without colours. */
public final class Terminal {
    /** How wide a line is at most. */
    public static final int COLUMNS = 100;

    private final StringBuilder out = new StringBuilder();

    /** Adds a line as it is. */
    public void line(String text) {
        out.append(text.stripTrailing()).append('\n');
    }

    /** Adds a text of any length and content; further lines are indented by four more. */
    public void wrap(String indent, String text) {
        List<String> lines = broken(printable(text), COLUMNS - indent.length() - 4);
        for (int i = 0; i < lines.size(); i++) {
            line(indent + (i == 0 ? "" : "    ") + lines.get(i));
        }
    }

    /** The lines of a text that must not be wider. */
    public static List<String> broken(String text, int width) {
        List<String> lines = new ArrayList<>();
        String rest = text.strip();
        while (rest.length() > width) {
            int at = rest.lastIndexOf(' ', width);
            int end = at > 0 ? at : width;
            lines.add(rest.substring(0, end).strip());
            rest = rest.substring(end).strip();
        }
        lines.add(rest);
        return lines;
    }

    /** Filled up with blanks. */
    public static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    /** Filled up with blanks before it, as numbers are. */
    public static String padLeft(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }

    /** In one line and without a terminal's escape sequences: what was recorded may hold both. */
    public static String printable(String text) {
        return text.codePoints()
                .map(it -> Character.isISOControl(it) || Character.getType(it) == Character.FORMAT ? ' ' : it)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Override
    public String toString() {
        return out.toString();
    }
}

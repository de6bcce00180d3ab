package io.berth.reports.charts;

/** Text as it must stand in SVG and HTML. */
final class Markup {
    private Markup() {}

    /** Escapes markup, and replaces what XML can't hold even escaped. */
    static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(it -> {
            switch (it) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(allowed(it) ? it : 0xFFFD);
            }
        });
        return escaped.toString();
    }

    private static boolean allowed(int codePoint) {
        return codePoint >= 0x20
                && (codePoint < 0x7F || codePoint >= 0xA0)
                && (codePoint < 0xD800 || codePoint >= 0xE000)
                && codePoint != 0xFFFE
                && codePoint != 0xFFFF;
    }
}

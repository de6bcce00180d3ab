package io.berth.reports.charts;

/** Text as it must stand in SVG. What may not stand in a page at all is replaced when the page is complete. */
final class Markup {
    private Markup() {}

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}

package io.berth.reports.page;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.berth.reports.cells.Comparison;
import io.berth.reports.volumes.ClassLives;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The report as one HTML file that needs nothing else: no script, no request, no font. It is well-formed XML too, so that
 * a strict parser can judge it.
 */
public final class HtmlReport {
    private static final TemplateEngine ENGINE = TemplateEngine.createPrecompiled(
            null, ContentType.Html, HtmlReport.class.getClassLoader(), HtmlReport.class.getPackageName());

    private HtmlReport() {}

    /** The whole page. */
    public static String of(Comparison comparison, List<ClassLives> volumes) {
        StringOutput output = new StringOutput(1 << 16);
        ENGINE.render("report.jte", new Page(comparison, volumes, styleSheet()), output);
        return readable(output.toString());
    }

    /**
     * Markup was escaped where it was written; this replaces what may not stand in a page even escaped: control
     * characters, halves of surrogate pairs, and marks that turn the direction of the text around them.
     */
    private static String readable(String html) {
        return html.codePoints().allMatch(HtmlReport::isReadable)
                ? html
                : html.codePoints()
                        .map(it -> isReadable(it) ? it : 0xFFFD)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    private static boolean isReadable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL -> codePoint == '\n' || codePoint == '\t';
            case Character.SURROGATE -> false;
            default ->
                codePoint != 0xFFFE
                        && codePoint != 0xFFFF
                        && !(codePoint >= 0x202A && codePoint <= 0x202E)
                        && !(codePoint >= 0x2066 && codePoint <= 0x2069);
        };
    }

    private static String styleSheet() {
        try (InputStream resource = HtmlReport.class.getResourceAsStream("report.css")) {
            if (resource == null) {
                throw new IllegalStateException("report.css is missing beside " + HtmlReport.class.getName());
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

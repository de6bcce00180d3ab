package io.berth.reports.charts;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.regex.Pattern;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.AxisSpace;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.plot.DatasetRenderingOrder;
import org.jfree.chart.plot.SeriesRenderingOrder;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.StandardXYBarPainter;
import org.jfree.chart.renderer.xy.XYBarRenderer;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.xy.XYIntervalSeries;
import org.jfree.data.xy.XYIntervalSeriesCollection;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import org.jfree.svg.SVGGraphics2D;
import org.jfree.svg.ViewBox;

/**
 * One chart on its way to SVG. Values go along a {@link Scale}, rows are given in pixels from the top. What is drawn later
 * covers what was drawn before, but bars lie over the grid, lines over bars and points over lines.
 */
final class Drawing {
    private static final Pattern CLIPPING = Pattern.compile("<defs>.*?</defs>| clip-path='[^']*'");
    private static final Pattern ROOT = Pattern.compile("^<svg[^>]*>|</svg>\\s*$");
    private static final Pattern LINE_DEFAULTS = Pattern.compile(";stroke-(?:linecap:square|miterlimit:10)");

    private final int width;
    private final int height;
    private final Rectangle2D area;
    private final Scale scale;
    private final XYIntervalSeriesCollection bars = new XYIntervalSeriesCollection();
    private final XYBarRenderer barRenderer = new XYBarRenderer();
    private final XYSeriesCollection grid = new XYSeriesCollection();
    private final XYLineAndShapeRenderer gridRenderer = new XYLineAndShapeRenderer(true, false);
    private final XYSeriesCollection lines = new XYSeriesCollection();
    private final XYLineAndShapeRenderer lineRenderer = new XYLineAndShapeRenderer(true, false);
    private final XYSeriesCollection points = new XYSeriesCollection();
    private final XYLineAndShapeRenderer pointRenderer = new XYLineAndShapeRenderer(false, true);
    private final List<String> texts = new ArrayList<>();

    /**
     * An empty chart.
     *
     * @param area where values are drawn; text may stand anywhere
     */
    Drawing(int width, int height, Rectangle2D area, Scale scale) {
        this.width = width;
        this.height = height;
        this.area = area;
        this.scale = scale;
        barRenderer.setUseYInterval(true);
        barRenderer.setShadowVisible(false);
        barRenderer.setBarPainter(new StandardXYBarPainter());
        barRenderer.setDrawBarOutline(false);
        pointRenderer.setDrawOutlines(false);
    }

    /** A bar between two values. */
    void bar(Ink ink, double from, double to, double top, double bottom) {
        XYIntervalSeries series = new XYIntervalSeries(bars.getSeriesCount());
        double low = scale.position(from);
        double high = scale.position(to);
        series.add((low + high) / 2, low, high, (top + bottom) / 2, top, bottom);
        barRenderer.setSeriesPaint(bars.getSeriesCount(), ink.standIn());
        bars.addSeries(series);
    }

    /** A straight line. */
    void line(Ink ink, float stroke, double from, double top, double to, double bottom) {
        boolean isGrid = ink.equals(Ink.RULE);
        XYSeriesCollection all = isGrid ? grid : lines;
        XYLineAndShapeRenderer renderer = isGrid ? gridRenderer : lineRenderer;
        XYSeries series = new XYSeries(all.getSeriesCount(), false, true);
        series.add(scale.position(from), top);
        series.add(scale.position(to), bottom);
        renderer.setSeriesPaint(all.getSeriesCount(), ink.standIn());
        renderer.setSeriesStroke(all.getSeriesCount(), new BasicStroke(stroke));
        all.addSeries(series);
    }

    /** A vertical line at a value. */
    void vertical(Ink ink, float stroke, double value, double top, double bottom) {
        line(ink, stroke, value, top, value, bottom);
    }

    /** A mark at a value. */
    void point(Ink ink, Mark mark, double radius, int alpha, double value, double row) {
        XYSeries series = new XYSeries(points.getSeriesCount(), false, true);
        series.add(scale.position(value), row);
        Color standIn = ink.standIn();
        pointRenderer.setSeriesPaint(
                points.getSeriesCount(), new Color(standIn.getRed(), standIn.getGreen(), standIn.getBlue(), alpha));
        pointRenderer.setSeriesShape(points.getSeriesCount(), mark.shape(radius));
        points.addSeries(series);
    }

    /** Text at a place of the whole chart. */
    void text(String style, Anchor anchor, double x, double y, String text) {
        texts.add("<text class='%s' x='%s' y='%s' text-anchor='%s'>%s</text>"
                .formatted(style, decimal(x), decimal(y), anchor.value, Markup.escaped(text)));
    }

    /** Where a value lies in the whole chart. */
    double x(double value) {
        return area.getX() + area.getWidth() * (scale.position(value) - scale.low()) / (scale.high() - scale.low());
    }

    /** Grid lines and labels of the scale, the labels below the area. */
    void axis(double labelY, DoubleFunction<String> label) {
        List<String> labels = scale.labels(label);
        for (int i = 0; i < labels.size(); i++) {
            vertical(Ink.RULE, 1, scale.ticks().get(i), 0, area.getHeight());
            double at = x(scale.ticks().get(i));
            boolean atEdge = at > width - 28;
            text("dim", atEdge ? Anchor.END : Anchor.MIDDLE, atEdge ? width - 1 : at, labelY, labels.get(i));
        }
    }

    /**
     * The finished chart.
     *
     * @param id    unique in its page
     * @param title what it shows
     * @param text  the same in words, for those who don't see it
     */
    String svg(String id, String title, String text) {
        return "<svg class='chart' xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %s %s' role='img' aria-labelledby='%s-t %s-d'><title id='%s-t'>%s</title><desc id='%s-d'>%s</desc>%s%s</svg>"
                .formatted(
                        width,
                        height,
                        id,
                        id,
                        id,
                        Markup.escaped(title),
                        id,
                        Markup.escaped(text),
                        marks(),
                        String.join("", texts));
    }

    /** The finished chart for a place where the text beside it says the same. */
    String silentSvg() {
        return "<svg class='mini' xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %s %s' aria-hidden='true' focusable='false'>%s</svg>"
                .formatted(width, height, marks());
    }

    private String marks() {
        XYPlot plot = new XYPlot();
        plot.setDomainAxis(axis(scale.low(), scale.high()));
        NumberAxis rows = axis(0, area.getHeight());
        rows.setInverted(true);
        plot.setRangeAxis(rows);
        plot.setDataset(0, grid);
        plot.setRenderer(0, gridRenderer);
        plot.setDataset(1, bars);
        plot.setRenderer(1, barRenderer);
        plot.setDataset(2, lines);
        plot.setRenderer(2, lineRenderer);
        plot.setDataset(3, points);
        plot.setRenderer(3, pointRenderer);
        plot.setDatasetRenderingOrder(DatasetRenderingOrder.FORWARD);
        plot.setSeriesRenderingOrder(SeriesRenderingOrder.FORWARD);
        plot.setInsets(RectangleInsets.ZERO_INSETS);
        plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
        plot.setFixedDomainAxisSpace(new AxisSpace());
        plot.setFixedRangeAxisSpace(new AxisSpace());
        plot.setBackgroundPaint(null);
        plot.setOutlineVisible(false);
        plot.setDomainGridlinesVisible(false);
        plot.setRangeGridlinesVisible(false);
        JFreeChart chart = new JFreeChart(null, JFreeChart.DEFAULT_TITLE_FONT, plot, false);
        chart.setBackgroundPaint(null);
        chart.setPadding(RectangleInsets.ZERO_INSETS);

        SVGGraphics2D graphics = new SVGGraphics2D(width, height);
        graphics.setDefsKeyPrefix("c");
        graphics.setGeomDoubleConverter(Drawing::decimal);
        chart.draw(graphics, area);
        String svg = graphics.getSVGElement(null, false, new ViewBox(0, 0, width, height), null, null);
        // Nothing is drawn outside the area, so the clipping only costs bytes and ids.
        String inner = CLIPPING.matcher(ROOT.matcher(svg).replaceAll("")).replaceAll("");
        return Ink.replaceStandIns(LINE_DEFAULTS.matcher(inner).replaceAll(""));
    }

    /** An axis that is never seen and whose ticks, therefore, need no font to be measured. */
    private static NumberAxis axis(double low, double high) {
        NumberAxis axis = new NumberAxis();
        axis.setVisible(false);
        axis.setTickLabelsVisible(false);
        axis.setTickUnit(new NumberTickUnit(high - low), false, true);
        axis.setRange(low, high);
        return axis;
    }

    static String decimal(double value) {
        double rounded = Math.round(value * 10) / 10.0;
        return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
    }

    /** Which end of a text stands at its place. */
    enum Anchor {
        START("start"),
        MIDDLE("middle"),
        END("end");

        private final String value;

        Anchor(String value) {
            this.value = value;
        }
    }
}

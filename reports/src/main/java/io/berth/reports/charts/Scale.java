package io.berth.reports.charts;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * A horizontal axis: which values are drawn and where the ticks are.
 *
 * @param low         at the left edge, as drawn
 * @param high        at the right edge, as drawn
 * @param logarithmic whether values are drawn by their logarithm
 * @param ticks       values, not logarithms
 */
record Scale(double low, double high, boolean logarithmic, List<Double> ticks) {
    private static final double[] STEPS = {1, 2, 5, 10};
    private static final double[] DECADES = {1};
    private static final double[] COARSE_STEPS = {1, 2, 5};
    private static final double[] MIDDLE_STEPS = {1, 1.5, 2, 3, 5, 7};
    private static final double[] FINE_STEPS = {1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 7, 8, 9};

    Scale {
        ticks = List.copyOf(ticks);
    }

    /** From zero to a little more than the greatest value. */
    static Scale fromZero(double greatest) {
        double most = greatest > 0 ? greatest : 1;
        double step = niceStep(most / 4);
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; i * step <= most * 1.0001; i++) {
            ticks.add(i * step);
        }
        return new Scale(-0.012 * most, 1.03 * most, false, ticks);
    }

    /**
     * From a little less than the least value to a little more than the greatest one.
     *
     * @param landmark a value that has a tick whatever the others are, such as 1 for ratios
     */
    static Scale logarithmic(double least, double greatest, double landmark) {
        double low = Math.log10(least);
        double high = Math.max(Math.log10(greatest), low + 0.05);
        double span = high - low;
        double margin = 0.04 * span;
        double[] steps = span < 0.45 ? FINE_STEPS : span < 1.2 ? MIDDLE_STEPS : span < 2.5 ? COARSE_STEPS : DECADES;
        List<Double> ticks = new ArrayList<>();
        for (int decade = (int) Math.floor(low - margin); decade <= Math.ceil(high); decade++) {
            for (double step : steps) {
                double value = step * Math.pow(10, decade);
                double at = Math.log10(value);
                boolean isLandmark = Math.abs(at - Math.log10(landmark)) < 1e-9;
                boolean fits = at >= low - margin
                        && at <= high + margin
                        && (isLandmark || Math.abs(at - Math.log10(landmark)) > 0.09 * span)
                        && (ticks.isEmpty() || at - Math.log10(ticks.get(ticks.size() - 1)) > 0.09 * span);
                if (fits) {
                    ticks.add(value);
                }
            }
        }
        return new Scale(low - margin, high + margin, true, ticks);
    }

    /** Where a value is drawn. */
    double position(double value) {
        return logarithmic ? Math.log10(value) : value;
    }

    List<String> labels(DoubleFunction<String> text) {
        return ticks.stream().map(text::apply).toList();
    }

    /** The least of 1, 2 and 5 times a power of ten that isn't smaller. */
    static double niceStep(double atLeast) {
        double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
        for (double step : STEPS) {
            if (step * power >= atLeast * 0.9999) {
                return step * power;
            }
        }
        return 10 * power;
    }
}

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

    /** From a little less than the least value to a little more than the greatest one. */
    static Scale logarithmic(double least, double greatest) {
        double low = Math.log10(least);
        double high = Math.max(Math.log10(greatest), low + 0.05);
        double margin = 0.04 * (high - low);
        List<Double> ticks = new ArrayList<>();
        boolean decadesOnly = high - low > 2.5;
        for (int decade = (int) Math.floor(low); decade <= Math.ceil(high); decade++) {
            for (double step : decadesOnly ? new double[] {1} : new double[] {1, 2, 5}) {
                double value = step * Math.pow(10, decade);
                double at = Math.log10(value);
                if (at >= low - margin && at <= high + margin) {
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

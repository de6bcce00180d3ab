package io.berth.reports.text;

import java.util.Locale;

/** Measured values as people read them: three significant digits, always with a unit, the same in every locale. */
public final class Quantity {
    private Quantity() {}

    /** A time, in a unit that keeps its digits readable: hours and minutes are left to the reader. */
    public static String seconds(double seconds) {
        Unit unit = Unit.of(seconds);
        return digits(seconds / unit.seconds) + " " + unit.symbol;
    }

    /** A time given in nanoseconds. */
    public static String nanos(double nanos) {
        return seconds(nanos / 1e9);
    }

    /** A number of bytes in decimal units, as throughput is given. */
    public static String bytes(double bytes) {
        String[] units = {"B", "kB", "MB", "GB", "TB", "PB"};
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return (unit == 0 ? String.format(Locale.ROOT, "%.0f", value) : digits(value)) + " " + units[unit];
    }

    /** Bytes per second as MB/s, 10⁶ bytes each. */
    public static String throughput(double bytesPerSecond) {
        return digits(bytesPerSecond / 1e6) + " MB/s";
    }

    /** A time at a tick of an axis: no digits that say nothing. */
    public static String tick(double seconds) {
        Unit unit = Unit.of(seconds);
        return trimmed(seconds / unit.seconds) + " " + unit.symbol;
    }

    /** A ratio at a tick of an axis. */
    public static String timesTick(double ratio) {
        return trimmed(ratio) + "×";
    }

    /** How many times something. */
    public static String times(double ratio) {
        return String.format(Locale.ROOT, ratio >= 9.995 ? "%.1f×" : "%.2f×", ratio);
    }

    /** A fraction as a percentage; 99.5 % isn't called 100 %. */
    public static String percent(double fraction) {
        double value = fraction * 100;
        double magnitude = Math.abs(value);
        boolean decimal = (magnitude != 0 && magnitude < 9.95) || (magnitude > 99 && magnitude < 100);
        return String.format(Locale.ROOT, decimal ? "%.1f %%" : "%.0f %%", value);
    }

    /** A difference as a percentage with its sign. */
    public static String signedPercent(double fraction) {
        return (fraction < 0 ? "−" : "+") + percent(Math.abs(fraction));
    }

    /** Not longer than that many characters. */
    public static String shortened(String text, int most) {
        return text.codePointCount(0, text.length()) <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, most - 1)).strip() + "…";
    }

    /** A count with its noun: {@code 1 fork}, {@code 3 forks}. */
    public static String count(long n, String noun) {
        return n + " " + noun + (n == 1 ? "" : "s");
    }

    /** Three significant digits, without an exponent. */
    public static String digits(double value) {
        double magnitude = Math.abs(value);
        String pattern = magnitude == 0 || magnitude >= 99.95
                ? "%.0f"
                : magnitude >= 9.995 ? "%.1f" : magnitude >= 0.9995 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, pattern, value);
    }

    private static String trimmed(double value) {
        String text = digits(value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    private enum Unit {
        NANOSECOND("ns", 1e-9),
        MICROSECOND("µs", 1e-6),
        MILLISECOND("ms", 1e-3),
        SECOND("s", 1);

        private final String symbol;
        private final double seconds;

        Unit(String symbol, double seconds) {
            this.symbol = symbol;
            this.seconds = seconds;
        }

        static Unit of(double seconds) {
            double magnitude = Math.abs(seconds);
            if (magnitude == 0 || magnitude >= 0.0995) {
                return SECOND;
            }
            if (magnitude >= 0.0009995) {
                return MILLISECOND;
            }
            return magnitude >= 0.0000009995 ? MICROSECOND : NANOSECOND;
        }
    }
}

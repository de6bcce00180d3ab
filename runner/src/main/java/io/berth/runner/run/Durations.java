package io.berth.runner.run;

import java.time.Duration;

/** Durations as people say them. */
public final class Durations {
    private Durations() {}

    /** To the second below two minutes, else to the minute: {@code 45 s}, {@code 6 min}, {@code 2 h 5 min}. */
    public static String rough(Duration duration) {
        long seconds = Math.round(duration.toMillis() / 1000.0);
        if (seconds < 120) {
            return seconds + " s";
        }
        long minutes = Math.round(seconds / 60.0);
        return minutes < 120 ? minutes + " min" : "%d h %d min".formatted(minutes / 60, minutes % 60);
    }
}

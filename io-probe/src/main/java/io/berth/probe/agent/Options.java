package io.berth.probe.agent;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands after {@code -javaagent:berth-io-probe.jar=}, as {@code key=value}, separated by commas.
 *
 * @param include {@code include=PREFIX}, any number of times: prefixes of class names among which are file systems, input
 *                streams or committers that the probe doesn't know
 * @param delay   {@code delay=CLASS} or {@code delay=CLASS#METHOD}, any number of times, for the probe's test of itself: this
 *                agent delays the reads of these classes, or these methods, instead of timing anything; a second one, given after it, is the probe
 */
record Options(List<String> include, List<String> delay) {
    private static final String INCLUDE = "include=";
    private static final String DELAY = "delay=";

    Options {
        include = List.copyOf(include);
        delay = List.copyOf(delay);
    }

    /** Reads what the Java virtual machine hands over. */
    static Options parse(@Nullable String text) {
        List<String> include = new ArrayList<>();
        List<String> delay = new ArrayList<>();
        if (text != null && !text.isEmpty()) {
            for (String option : text.split(",", -1)) {
                if (option.startsWith(INCLUDE) && option.length() > INCLUDE.length()) {
                    include.add(option.substring(INCLUDE.length()));
                } else if (option.startsWith(DELAY) && option.length() > DELAY.length()) {
                    delay.add(option.substring(DELAY.length()));
                } else {
                    throw new IllegalArgumentException(
                            "agent option \"" + option + "\" is not known (known: include=PREFIX)");
                }
            }
        }
        return new Options(include, delay);
    }
}

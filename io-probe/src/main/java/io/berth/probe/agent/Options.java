package io.berth.probe.agent;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands after {@code -javaagent:berth-io-probe.jar=}, as {@code key=value}, separated by commas.
 *
 * @param include {@code include=PREFIX}, any number of times: prefixes of class names among which are file systems, input
 *                streams or committers that the probe doesn't know
 */
record Options(List<String> include) {
    Options {
        include = List.copyOf(include);
    }

    /** Reads what the Java virtual machine hands over. */
    static Options parse(@Nullable String text) {
        List<String> include = new ArrayList<>();
        if (text != null && !text.isEmpty()) {
            for (String option : text.split(",", -1)) {
                if (!option.startsWith("include=") || option.length() == "include=".length()) {
                    throw new IllegalArgumentException(
                            "agent option \"" + option + "\" is not known (known: include=PREFIX)");
                }
                include.add(option.substring("include=".length()));
            }
        }
        return new Options(include);
    }
}

package io.berth.reports.charts;

import io.berth.reports.stages.TimePart;
import java.awt.Color;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A colour by its meaning. What JFreeChart draws with is a stand-in; the page's style sheet decides what is seen, in light
 * and dark.
 *
 * @param index    makes the stand-in
 * @param variable of the style sheet
 */
record Ink(int index, String variable) {
    static final Ink TEXT = new Ink(0, "--ink");
    static final Ink RULE = new Ink(1, "--rule");
    static final Ink BASELINE = new Ink(2, "--dim");

    /** How many profiles can be told apart by colour; further ones repeat colours with other marks. */
    static final int PROFILE_COLOURS = 6;

    private static final Pattern STAND_IN = Pattern.compile("rgb\\(1,0,(\\d+)\\)");
    private static final int FIRST_PROFILE = 10;
    private static final int FIRST_PART = 40;
    private static final List<TimePart> PARTS = List.of(TimePart.values());

    /** Of the profile at that place in the plan. */
    static Ink profile(int place) {
        int colour = place % PROFILE_COLOURS;
        return new Ink(FIRST_PROFILE + colour, "--profile-" + colour);
    }

    static Ink part(TimePart part) {
        return new Ink(
                FIRST_PART + PARTS.indexOf(part),
                "--part-" + part.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    Color standIn() {
        return new Color(1, 0, index);
    }

    /** The SVG with the style sheet's variables in place of the stand-ins. */
    static String replaceStandIns(String svg) {
        Matcher matcher = STAND_IN.matcher(svg);
        return matcher.replaceAll(
                found -> "var(" + of(Integer.parseInt(found.group(1))).variable() + ")");
    }

    private static Ink of(int index) {
        if (index >= FIRST_PART) {
            return part(PARTS.get(index - FIRST_PART));
        }
        if (index >= FIRST_PROFILE) {
            return profile(index - FIRST_PROFILE);
        }
        return index == TEXT.index ? TEXT : index == RULE.index ? RULE : BASELINE;
    }
}

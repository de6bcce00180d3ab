package io.berth.probe.bridge;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The switch of the probe, and what the agent tells the plugin. */
public final class Bridge {
    /** Nothing is counted. */
    public static final int OFF = 0;
    /** Every call is timed. */
    public static final int EXACT = 1;
    /** Every call is counted, some are timed. */
    public static final int SAMPLED = 2;

    private static volatile int mode = EXACT;
    private static volatile boolean instrumented;
    private static final Map<String, String> NOT_TRANSFORMED = new ConcurrentHashMap<>();

    private Bridge() {}

    static int mode() {
        return mode;
    }

    /** From now on calls are counted so. */
    public static void mode(int wanted) {
        if (wanted == SAMPLED) {
            Ticker.REAL.start();
        }
        mode = wanted;
    }

    /** Called by the agent when it has put its hooks into the machine. */
    public static void instrumented() {
        instrumented = true;
    }

    /** Whether an agent runs in this process; without it nothing is ever counted. */
    public static boolean isInstrumented() {
        return instrumented;
    }

    /** Called by the agent for a class it couldn't transform, or that lacks the methods of its hooks. */
    public static void notTransformed(String type, String reason) {
        NOT_TRANSFORMED.put(type, reason);
    }

    /** Classes whose calls are missing, each with the reason. */
    public static Map<String, String> notTransformed() {
        return new TreeMap<>(NOT_TRANSFORMED);
    }
}

package io.berth.workloads;

import io.berth.model.text.BadInput;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The parameters of a trial, each read with the type and range that the workload allows. */
public final class Parameters {
    private final Map<String, Object> values;

    public Parameters(Map<String, Object> values) {
        this.values = Map.copyOf(values);
    }

    /**
     * A whole number.
     *
     * @throws BadInput if it is missing, not a whole number, or out of range
     */
    public long wholeNumber(String name, long least, long most) {
        Object value = value(name);
        if ((value instanceof Integer || value instanceof Long)
                && ((Number) value).longValue() >= least
                && ((Number) value).longValue() <= most) {
            return ((Number) value).longValue();
        }
        throw notAllowed(name, value, "a whole number of %d to %d".formatted(least, most));
    }

    /**
     * As {@link #wholeNumber}, for what has to be an {@code int}.
     *
     * @throws BadInput if it is missing, not a whole number, or out of range
     */
    public int count(String name, int least, int most) {
        return Math.toIntExact(wholeNumber(name, least, most));
    }

    /**
     * A number, whole or not.
     *
     * @throws BadInput if it is missing, not a number, or out of range
     */
    public double number(String name, double least, double most) {
        Object value = value(name);
        if (value instanceof Number number && number.doubleValue() >= least && number.doubleValue() <= most) {
            return number.doubleValue();
        }
        throw notAllowed(name, value, "a number of %s to %s".formatted(least, most));
    }

    /**
     * A text that isn't empty.
     *
     * @throws BadInput if it is missing, not a text, or empty
     */
    public String text(String name) {
        Object value = value(name);
        if (value instanceof String text && !text.isBlank()) {
            return text;
        }
        throw notAllowed(name, value, "a text");
    }

    /**
     * One of some texts.
     *
     * @throws BadInput if it is missing or another one
     */
    public String oneOf(String name, List<String> known) {
        Object value = value(name);
        if (value instanceof String text && known.contains(text)) {
            return text;
        }
        throw notAllowed(name, value, "one of " + String.join(", ", known));
    }

    /**
     * A list of some texts, each at most once, not empty.
     *
     * @throws BadInput if it is missing, not a list, empty, or has a text that isn't known or comes twice
     */
    public List<String> someOf(String name, List<String> known) {
        Object value = value(name);
        if (value instanceof List<?> list
                && !list.isEmpty()
                && known.containsAll(list)
                && list.stream().distinct().count() == list.size()) {
            return list.stream().map(String::valueOf).toList();
        }
        throw notAllowed(name, value, "a list of some of " + String.join(", ", known) + ", each once");
    }

    private Object value(String name) {
        Object value = values.get(name);
        if (value == null) {
            throw new BadInput("parameter \"%s\" is missing (there are: %s)"
                    .formatted(name, String.join(", ", new TreeSet<>(values.keySet()))));
        }
        return value;
    }

    private static BadInput notAllowed(String name, Object value, String allowed) {
        return new BadInput("parameter \"%s\" is %s (allowed: %s)"
                .formatted(name, value instanceof String ? "\"" + value + "\"" : value, allowed));
    }
}

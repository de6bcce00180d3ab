package io.berth.probe;

import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.model.results.TaskIo;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A {@link TaskIo} as the value of an accumulator. Text, because Spark writes accumulators into its event log and shows
 * them in its UI by {@code toString}, and so one parser serves live events and logs:
 * {@code wall=2000 cpu=900 run-queue=30 read=4/800/4096}, times in nanoseconds, categories as calls/nanoseconds/bytes.
 */
final class TaskIoText {
    private static final Pattern WHOLE =
            Pattern.compile("wall=(\\d+) cpu=(\\d+)(?: run-queue=(\\d+))?((?: [a-z-]+=\\d+/\\d+/\\d+)*)");
    private static final Pattern COST = Pattern.compile(" ([a-z-]+)=(\\d+)/(\\d+)/(\\d+)");
    private static final Map<String, IoCategory> CATEGORIES =
            Arrays.stream(IoCategory.values()).collect(Collectors.toMap(IoCategory::label, category -> category));

    private TaskIoText() {}

    static String write(TaskIo io) {
        StringBuilder text = new StringBuilder("wall=" + io.wallNanos() + " cpu=" + io.cpuNanos());
        io.runQueueNanos().ifPresent(nanos -> text.append(" run-queue=").append(nanos));
        for (IoCategory category : IoCategory.values()) {
            IoCost cost = io.costs().get(category);
            if (cost != null) {
                text.append(" %s=%d/%d/%d".formatted(category.label(), cost.calls(), cost.nanos(), cost.bytes()));
            }
        }
        return text.toString();
    }

    /** Absent for what isn't such a text, or names a category of a newer version. */
    static Optional<TaskIo> read(String text) {
        Matcher whole = WHOLE.matcher(text);
        if (!whole.matches()) {
            return Optional.empty();
        }
        Map<IoCategory, IoCost> costs = new EnumMap<>(IoCategory.class);
        Matcher cost = COST.matcher(whole.group(4));
        while (cost.find()) {
            IoCategory category = CATEGORIES.get(cost.group(1));
            if (category == null) {
                return Optional.empty();
            }
            costs.put(
                    category,
                    new IoCost(
                            Long.parseLong(cost.group(2)),
                            Long.parseLong(cost.group(3)),
                            Long.parseLong(cost.group(4))));
        }
        String runQueue = whole.group(3);
        return Optional.of(new TaskIo(
                Long.parseLong(whole.group(1)),
                Long.parseLong(whole.group(2)),
                runQueue == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(runQueue)),
                costs));
    }
}

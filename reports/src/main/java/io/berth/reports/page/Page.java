package io.berth.reports.page;

import io.berth.model.plan.Plan;
import io.berth.model.plan.PlannedWorkload;
import io.berth.model.plan.Thresholds;
import io.berth.model.results.Attempt;
import io.berth.model.results.DataSetFact;
import io.berth.model.results.Environment;
import io.berth.model.results.Lifecycle;
import io.berth.model.results.MountFact;
import io.berth.model.results.PodLife;
import io.berth.model.results.Warning;
import io.berth.model.suite.StorageProfile;
import io.berth.model.volumes.VolumeStep;
import io.berth.reports.cells.CellOutcome;
import io.berth.reports.cells.CellReport;
import io.berth.reports.cells.Comparison;
import io.berth.reports.cells.JudgedTrial;
import io.berth.reports.cells.WarningKind;
import io.berth.reports.charts.Charts;
import io.berth.reports.statistics.Estimate;
import io.berth.reports.statistics.Interval;
import io.berth.reports.statistics.Ratio;
import io.berth.reports.text.Quantity;
import io.berth.reports.volumes.ClassLives;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the templates show, in the words in which they show it. */
final class Page {
    private static final DateTimeFormatter DAY = utc("d MMM uuuu");
    private static final DateTimeFormatter TIME = utc("HH:mm");
    private static final DateTimeFormatter DAY_AND_TIME = utc("d MMM uuuu HH:mm");

    private final Comparison comparison;
    private final List<ClassLives> volumes;
    private final String styleSheet;
    private final Charts charts;
    private final List<WorkloadSection> workloads;
    private final Set<String> commonCodes;

    Page(Comparison comparison, List<ClassLives> volumes, String styleSheet) {
        this.comparison = comparison;
        this.volumes = volumes;
        this.styleSheet = styleSheet;
        this.charts = new Charts(comparison);
        this.commonCodes = commonCodes();
        this.workloads = plan().workloads().stream()
                .map(workload -> new WorkloadSection(comparison, charts, workload))
                .toList();
    }

    private static DateTimeFormatter utc(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneOffset.UTC);
    }

    Plan plan() {
        return comparison.plan();
    }

    Comparison comparison() {
        return comparison;
    }

    /** Empty unless lives of volumes were measured. */
    List<ClassLives> volumes() {
        return volumes;
    }

    /** Whether there are applications to tell of. */
    boolean hasCells() {
        return !plan().workloads().isEmpty();
    }

    /** What a step spans, for people. */
    static String spans(VolumeStep step) {
        return switch (step) {
            case BIND ->
                "from asking for the claim, or for the pod where the class waits for one, until the claim is bound";
            case ATTACH -> "from when there is a VolumeAttachment until it says attached";
            case MOUNT ->
                "from then on, or from the pod's scheduling where nothing is attached, until the volume is mounted and the pod's network is up, without the image";
            case EXPAND -> "from asking for 1 GiB more until the storage has granted it; the file system grows later";
            case SNAPSHOT -> "from asking for it until it is ready to use";
            case RESTORE -> "from asking for a claim with its content until that is bound";
            case UNMOUNT -> "from the end of the pod's container until the pod is gone";
            case DETACH -> "from the end of the pod's container until the VolumeAttachment is gone";
            case DELETE -> "from asking for the claim's removal until the PersistentVolume is gone";
        };
    }

    Charts charts() {
        return charts;
    }

    String styleSheet() {
        return styleSheet;
    }

    List<WorkloadSection> workloads() {
        return workloads;
    }

    List<StorageProfile> profiles() {
        return plan().profiles();
    }

    CellReport cell(PlannedWorkload workload, StorageProfile profile) {
        return comparison.cell(workload.name(), profile.name());
    }

    /** How the run went, in one line. */
    String course() {
        long completed = comparison.measuring().stream()
                .filter(it -> it.outcome() == CellOutcome.COMPLETED)
                .count();
        return "%s of %s completed with right answers"
                .formatted(completed, Quantity.count(comparison.measuring().size(), "trial"));
    }

    /** From the start of the first application to that of the last one; absent before there is any. */
    Optional<String> when() {
        List<Instant> starts = comparison.trials().stream()
                .flatMap(it -> it.result().stream())
                .flatMap(it -> it.attempts().stream())
                .map(Attempt::startedAt)
                .sorted()
                .toList();
        if (starts.isEmpty()) {
            return Optional.empty();
        }
        String first = DAY_AND_TIME.format(starts.get(0));
        Instant last = starts.get(starts.size() - 1);
        boolean sameDay = DAY.format(starts.get(0)).equals(DAY.format(last));
        return Optional.of("%s to %s UTC".formatted(first, (sameDay ? TIME : DAY_AND_TIME).format(last)));
    }

    /** For each profile but the baseline what its ratios come to. */
    List<Answer> answers() {
        return profiles().stream()
                .map(StorageProfile::name)
                .filter(name -> !name.equals(plan().baseline()))
                .map(this::answer)
                .toList();
    }

    /**
     * The answer to "how does it compare".
     *
     * @param ratio   to be read first; absent if there is none
     * @param text    after the profile's name
     * @param side  whether all workloads and blocks agree on the side
     */
    record Answer(String profile, Optional<Double> ratio, String text, Side side) {}

    private Answer answer(String profile) {
        List<CellReport> cells = comparison.cellsOf(profile);
        List<Ratio> ratios = cells.stream().flatMap(it -> it.ratio().stream()).toList();
        Optional<Double> mean = comparison.meanRatio(profile);
        if (mean.isEmpty()) {
            int missing = cells.size() - ratios.size();
            return new Answer(
                    profile,
                    mean,
                    ratios.isEmpty()
                            ? "has no ratio to the baseline"
                            : "has no overall ratio, because %s of %s has none"
                                    .formatted(Quantity.count(missing, "workload"), cells.size()),
                    Side.NONE);
        }
        double least = ratios.stream().mapToDouble(Ratio::median).min().orElseThrow();
        double most = ratios.stream().mapToDouble(Ratio::median).max().orElseThrow();
        String over = ratios.size() == 1
                ? ""
                : ", from %s to %s over %s"
                        .formatted(
                                Quantity.times(least), Quantity.times(most), Quantity.count(ratios.size(), "workload"));
        boolean memory = cells.stream().flatMap(it -> it.warnings().stream()).anyMatch(it -> it.code()
                .equals(WarningKind.MEMORY.code()));
        Side side = ratios.stream()
                .map(Side::of)
                .reduce((a, b) -> a == b ? a : Side.NONE)
                .orElse(Side.NONE);
        return new Answer(
                profile,
                mean,
                "the time of %s%s%s".formatted(plan().baseline(), over, memory ? "; it is memory, not storage" : ""),
                side);
    }

    /** On which side of the baseline all pairs lie. */
    enum Side {
        LESS("less", "▼"),
        MORE("more", "▲"),
        NONE("none", "");

        private final String style;
        private final String sign;

        Side(String style, String sign) {
            this.style = style;
            this.sign = sign;
        }

        String style() {
            return style;
        }

        String sign() {
            return sign;
        }

        static Side of(Ratio ratio) {
            if (!ratio.oneSided()) {
                return NONE;
            }
            return ratio.median() < 1 ? LESS : MORE;
        }
    }

    /** The ratio in words: how much less or more time. */
    static String words(Ratio ratio) {
        double difference = ratio.median() - 1;
        if (ratio.median() >= 2) {
            return Quantity.digits(ratio.median()) + " times as much time";
        }
        String percent = Quantity.percent(Math.abs(difference));
        return difference < 0 ? percent + " less time" : percent + " more time";
    }

    static String range(Interval range) {
        return "%s – %s s".formatted(Quantity.digits(range.low()), Quantity.digits(range.high()));
    }

    static String timesRange(Interval range) {
        return "%s – %s".formatted(Quantity.times(range.low()), Quantity.times(range.high()));
    }

    /** The warnings of a cell that not every cell has. */
    List<String> ownCodes(CellReport cell) {
        return cell.warnings().stream()
                .map(Warning::code)
                .distinct()
                .filter(code -> !commonCodes.contains(code))
                .toList();
    }

    /** The codes of the warnings that every cell with numbers has. */
    Set<String> commonWarnings() {
        return commonCodes;
    }

    private Set<String> commonCodes() {
        List<Set<String>> all = comparison.cells().stream()
                .filter(it -> it.seconds().isPresent())
                .map(cell -> cell.warnings().stream()
                        .map(Warning::code)
                        .collect(Collectors.<String, Set<String>>toCollection(LinkedHashSet::new)))
                .toList();
        if (all.size() < 2) {
            return Set.of();
        }
        Set<String> common = new LinkedHashSet<>(all.get(0));
        all.forEach(common::retainAll);
        return common;
    }

    static String title(String code) {
        return WarningKind.of(code).map(WarningKind::title).orElse(code);
    }

    /** All warnings by code, in the order of gravity, those of applications last. */
    List<WarningGroup> warnings() {
        Map<String, Map<String, List<String>>> byCode = new LinkedHashMap<>();
        for (CellReport cell : comparison.cells()) {
            for (Warning warning : cell.warnings()) {
                byCode.computeIfAbsent(warning.code(), code -> new LinkedHashMap<>())
                        .computeIfAbsent(warning.message(), message -> new ArrayList<>())
                        .add(cell.cell().toString());
            }
        }
        long cells = comparison.cells().size();
        return byCode.entrySet().stream()
                .sorted(Comparator.comparingInt(entry -> gravity(entry.getKey())))
                .map(entry -> new WarningGroup(
                        entry.getKey(),
                        title(entry.getKey()),
                        WarningKind.of(entry.getKey())
                                .map(WarningKind::explanation)
                                .orElse("The application itself warned of this."),
                        entry.getValue().entrySet().stream()
                                .map(it -> new WarningText(
                                        it.getKey(),
                                        it.getValue().size() == cells && cells > 1
                                                ? "all cells"
                                                : String.join(", ", it.getValue())))
                                .toList()))
                .toList();
    }

    record WarningGroup(String code, String title, String explanation, List<WarningText> texts) {}

    record WarningText(String message, String cells) {}

    private static int gravity(String code) {
        return WarningKind.of(code).map(List.of(WarningKind.values())::indexOf).orElse(Integer.MAX_VALUE);
    }

    /** Cells that somebody must look at, or that have not run. */
    List<CellReport> withoutNumbers() {
        return comparison.cells().stream().filter(it -> it.seconds().isEmpty()).toList();
    }

    List<CellReport> withoutRatio() {
        return comparison.cells().stream()
                .filter(it -> it.noRatio().isPresent())
                .toList();
    }

    /** Environment facts that were the same everywhere. */
    SortedMap<String, String> commonFacts() {
        return common(Environment::facts);
    }

    /** Environment facts that weren't, with the trials' cells for each value. */
    SortedMap<String, List<Differing>> differingFacts() {
        return differing(Environment::facts);
    }

    SortedMap<String, String> commonConf() {
        return common(Environment::sparkConf);
    }

    SortedMap<String, List<Differing>> differingConf() {
        return differing(Environment::sparkConf);
    }

    /**
     * A value that isn't the same in all trials.
     *
     * @param value what it was
     * @param where in which trials
     */
    record Differing(String value, String where) {}

    private SortedMap<String, SortedMap<String, List<JudgedTrial>>> values(
            Function<Environment, Map<String, String>> map) {
        SortedMap<String, SortedMap<String, List<JudgedTrial>>> values = new TreeMap<>();
        for (JudgedTrial trial : measuringThatRan()) {
            trial.attempt().flatMap(Attempt::environment).ifPresent(environment -> map.apply(environment)
                    .forEach((key, value) -> values.computeIfAbsent(key, it -> new TreeMap<>())
                            .computeIfAbsent(value, it -> new ArrayList<>())
                            .add(trial)));
        }
        return values;
    }

    private SortedMap<String, String> common(Function<Environment, Map<String, String>> map) {
        SortedMap<String, String> common = new TreeMap<>();
        long trials = described().size();
        values(map).forEach((key, byValue) -> {
            if (byValue.size() == 1 && byValue.values().iterator().next().size() == trials) {
                common.put(key, byValue.firstKey());
            }
        });
        return common;
    }

    private SortedMap<String, List<Differing>> differing(Function<Environment, Map<String, String>> map) {
        SortedMap<String, String> common = common(map);
        SortedMap<String, List<Differing>> differing = new TreeMap<>();
        values(map).forEach((key, byValue) -> {
            if (!common.containsKey(key)) {
                differing.put(key, differing(byValue));
            }
        });
        return differing;
    }

    /** Values that follow the profile or the workload are told so; one for each trial is only said to vary. */
    private List<Differing> differing(SortedMap<String, List<JudgedTrial>> byValue) {
        if (byValue.size() > 3 && byValue.values().stream().allMatch(it -> it.size() == 1)) {
            return List.of(new Differing(
                    byValue.firstKey() + " … " + byValue.lastKey(),
                    "another one in each of %s trials".formatted(byValue.size())));
        }
        List<Differing> differing = new ArrayList<>();
        byValue.forEach((value, trials) -> differing.add(new Differing(value, where(trials))));
        return differing;
    }

    private String where(List<JudgedTrial> trials) {
        SortedSet<String> profiles = names(trials, it -> it.trial().profile());
        SortedSet<String> workloadNames = names(trials, it -> it.trial().workload());
        if (trials.size()
                == described().stream()
                        .filter(it -> profiles.contains(it.trial().profile()))
                        .count()) {
            return String.join(", ", profiles);
        }
        if (trials.size()
                == described().stream()
                        .filter(it -> workloadNames.contains(it.trial().workload()))
                        .count()) {
            return String.join(", ", workloadNames);
        }
        return trials.size() > 6
                ? Quantity.count(trials.size(), "trial")
                : trials.stream().map(it -> it.trial().id()).collect(Collectors.joining(", "));
    }

    private static SortedSet<String> names(List<JudgedTrial> trials, Function<JudgedTrial, String> name) {
        return trials.stream().map(name).collect(Collectors.toCollection(TreeSet::new));
    }

    private List<JudgedTrial> described() {
        return measuringThatRan().stream()
                .filter(it -> it.attempt().flatMap(Attempt::environment).isPresent())
                .toList();
    }

    private List<JudgedTrial> measuringThatRan() {
        return comparison.measuring().stream()
                .filter(it -> it.result().isPresent())
                .toList();
    }

    /** What the directories of a profile really were. */
    List<Place> places() {
        List<Place> places = new ArrayList<>();
        for (StorageProfile profile : profiles()) {
            SortedMap<String, SortedSet<String>> byMount = new TreeMap<>();
            attempts(profile).map(Attempt::mounts).flatMap(Collection::stream).forEach(mount -> byMount.computeIfAbsent(
                            described(mount), it -> new TreeSet<>())
                    .add(mount.role()));
            byMount.forEach((mount, roles) -> places.add(new Place(profile.name(), String.join(", ", roles), mount)));
        }
        return places;
    }

    /**
     * Where a profile's roles were.
     *
     * @param mount type, source, mount point and options
     */
    record Place(String profile, String roles, String mount) {}

    private static String described(MountFact mount) {
        return "%s from %s at %s (%s)"
                .formatted(mount.fsType(), mount.source(), mount.mountPoint(), String.join(",", mount.options()));
    }

    private Stream<Attempt> attempts(StorageProfile profile) {
        return comparison.trials().stream()
                .filter(it -> it.trial().profile().equals(profile.name()))
                .flatMap(it -> it.attempt().stream());
    }

    /** The data sets of a profile, each once. */
    List<Data> dataSets() {
        List<Data> all = new ArrayList<>();
        for (StorageProfile profile : profiles()) {
            Map<String, DataSetFact> distinct = new TreeMap<>();
            attempts(profile)
                    .flatMap(it -> it.dataSets().stream())
                    .forEach(it -> distinct.putIfAbsent(it.name() + " " + it.digest() + " " + it.uri(), it));
            distinct.values().forEach(it -> all.add(new Data(profile.name(), it)));
        }
        return all;
    }

    record Data(String profile, DataSetFact fact) {}

    /** The lives of the applications of each cell with numbers, medians over forks. */
    List<Life> lives() {
        return comparison.cells().stream()
                .filter(it -> it.seconds().isPresent())
                .map(Page::life)
                .toList();
    }

    /** Medians over forks; what was not recorded is "not measured". */
    record Life(String cell, String jvmUp, String contextUp, String workload, String whole, String runner) {}

    private static Life life(CellReport cell) {
        List<Attempt> attempts =
                cell.counted().stream().flatMap(it -> it.attempt().stream()).toList();
        List<Lifecycle> lifecycles =
                attempts.stream().flatMap(it -> it.lifecycle().stream()).toList();
        return new Life(
                cell.cell().toString(),
                median(lifecycles, Lifecycle::jvmUpNanos),
                median(lifecycles, Lifecycle::contextUpNanos),
                median(lifecycles, Lifecycle::workloadNanos),
                median(attempts, Attempt::elapsedNanos),
                median(attempts, Attempt::runnerNanos));
    }

    /** The lives of the pods of each cell with numbers, by kind; none outside of Kubernetes. */
    List<PodsRow> pods() {
        List<PodsRow> rows = new ArrayList<>();
        for (CellReport cell : comparison.cells()) {
            Map<String, List<PodLife>> byKind = new TreeMap<>();
            cell.counted().stream()
                    .flatMap(it -> it.attempt().stream())
                    .flatMap(it -> it.pods().stream())
                    .forEach(it -> byKind.computeIfAbsent(it.kind(), kind -> new ArrayList<>())
                            .add(it));
            byKind.forEach((kind, pods) -> rows.add(new PodsRow(
                    cell.cell().toString(),
                    kind,
                    between(pods, it -> OptionalLong.of(0), PodLife::createdNanos),
                    between(pods, PodLife::createdNanos, PodLife::boundNanos),
                    between(pods, PodLife::createdNanos, PodLife::scheduledNanos),
                    between(pods, PodLife::scheduledNanos, PodLife::attachedNanos),
                    between(pods, PodLife::scheduledNanos, PodLife::mountedNanos),
                    between(pods, PodLife::mountedNanos, PodLife::pulledNanos),
                    between(pods, PodLife::mountedNanos, PodLife::startedNanos),
                    between(pods, PodLife::startedNanos, PodLife::endedNanos),
                    between(pods, PodLife::endedNanos, PodLife::goneNanos),
                    pods.stream()
                            .flatMap(it -> it
                                    .node()
                                    .map(node -> node
                                            + it.zone()
                                                    .map(zone -> " in " + zone)
                                                    .orElse(" (zone not measured)"))
                                    .stream())
                            .distinct()
                            .sorted()
                            .collect(Collectors.joining(", ")))));
        }
        return rows;
    }

    /**
     * Medians over the pods of one kind of all forks.
     *
     * @param submitted from the submission of the application until the pod was made
     */
    record PodsRow(
            String cell,
            String kind,
            String submitted,
            String bound,
            String scheduled,
            String attached,
            String mounted,
            String pulled,
            String started,
            String ran,
            String removed,
            String nodes) {}

    private static String between(
            List<PodLife> pods, Function<PodLife, OptionalLong> from, Function<PodLife, OptionalLong> to) {
        return median(
                pods.stream()
                        .filter(it -> from.apply(it).isPresent() && to.apply(it).isPresent())
                        .toList(),
                // What was so before, such as a claim of all trials, took no time.
                it -> Math.max(0, to.apply(it).orElseThrow() - from.apply(it).orElseThrow()));
    }

    private static <T> String median(List<T> values, ToLongFunction<T> nanos) {
        return Estimate.of(
                        values.stream().map(it -> nanos.applyAsLong(it) / 1e9).toList())
                .map(it -> Quantity.seconds(it.median()))
                .orElse("not measured");
    }

    /** The command line as it can be typed again. */
    String command() {
        return plan().command().stream().map(Page::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return word.matches("[-A-Za-z0-9_./:=,@%+]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    Thresholds thresholds() {
        return plan().thresholds();
    }

    /** The time of a trial, if it has one. */
    static String seconds(JudgedTrial trial) {
        return trial.seconds().map(Quantity::seconds).orElse("—");
    }

    static String samples(JudgedTrial trial) {
        return trial.samples().stream().map(Quantity::seconds).collect(Collectors.joining(", "));
    }
}

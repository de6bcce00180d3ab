package io.berth.runner.plan;

import io.berth.model.plan.Cell;
import io.berth.model.plan.Plan;
import io.berth.model.plan.PlannedWorkload;
import io.berth.model.plan.Thresholds;
import io.berth.model.plan.Trial;
import io.berth.model.suite.Kubernetes;
import io.berth.model.suite.StorageProfile;
import io.berth.model.suite.Suite;
import io.berth.model.suite.Suite.SuiteWorkload;
import io.berth.model.suite.WorkloadDefinition;
import io.berth.model.text.BadInput;
import io.berth.model.text.BerthVersion;
import io.berth.model.text.FormatVersion;
import io.berth.model.text.YamlFile;
import io.berth.storage.Cluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Resolves a suite into a plan. Reads files, touches nothing. */
public final class Planner {
    private static final Pattern MASTER = Pattern.compile("local(\\[(\\d+|\\*)(,\\d+)?])?"
            + "|local-cluster\\[\\d+,\\d+,\\d+]"
            + "|spark://[^\\s,]+:\\d+(,[^\\s,]+:\\d+)*"
            + "|k8s(://\\S+)?");

    private final Catalog catalog;
    private final RandomGenerator entropy;

    /**
     * A planner.
     *
     * @param catalog where names are looked up
     * @param entropy gives run labels, and seeds where the suite names none
     */
    public Planner(Catalog catalog, RandomGenerator entropy) {
        this.catalog = catalog;
        this.entropy = entropy;
    }

    /**
     * Resolves everything a suite leaves open.
     *
     * @throws BadInput for whatever is wrong with the suite or the options, with file and line
     */
    public Plan plan(Path suiteFile, PlanOptions options) {
        YamlFile file = YamlFile.read(suiteFile);
        Suite suite = file.bind(Suite.class);
        List<StorageProfile> profiles = profiles(file, suite, options);
        options.master().ifPresent(Planner::requireMaster);
        String master = options.master().orElseGet(() -> suite.kubernetes().isPresent() ? "k8s" : thisMachine());
        boolean kubernetes = Cluster.isMaster(master);
        if (kubernetes && suite.kubernetes().isEmpty()) {
            throw new BadInput(
                    "--master %s: %s doesn't say how pods are made; give it a kubernetes: section with at least an image"
                            .formatted(master, suiteFile));
        }
        requireAllowed(file, "/spark", suite.spark(), master);
        List<PlannedWorkload> workloads = workloads(file, suite, options, master);
        requireDistinctIds(file, suite, cells(workloads, profiles));
        String baseline = baseline(file, suite, profiles);
        OptionalInt blocks = options.blocks().isPresent() ? options.blocks() : suite.blocks();
        // Kept below 2^53, so that every JSON reader gets the same number.
        long seed = options.seed().orElseGet(() -> suite.seed().orElseGet(() -> entropy.nextLong(1L << 53)));
        int count = blocks.orElse(Suite.DEFAULT_BLOCKS);
        return new Plan(
                FormatVersion.CURRENT,
                Optional.of(BerthVersion.current()),
                "%s-%08x".formatted(suite.name(), entropy.nextInt()),
                suite.name(),
                suite.description(),
                seed,
                count,
                master,
                kubernetes ? suite.kubernetes() : Optional.empty(),
                baseline,
                profiles,
                workloads,
                Thresholds.DEFAULT,
                options.command(),
                trials(workloads, profiles, count, seed));
    }

    private static void requireMaster(String master) {
        if (!MASTER.matcher(master).matches()) {
            throw new BadInput(
                    "--master: \"%s\" is not a master (allowed: local[N], local[*], local-cluster[N,CORES,MEMORY], spark://HOST:PORT, k8s for the current context's cluster, k8s://https://HOST:PORT)"
                            .formatted(master));
        }
    }

    /** All task slots of this machine, as a number, so that the plan says how many there were. */
    private static String thisMachine() {
        return "local[%d]".formatted(Runtime.getRuntime().availableProcessors());
    }

    private List<StorageProfile> profiles(YamlFile file, Suite suite, PlanOptions options) {
        boolean fromSuite = options.profiles().isEmpty();
        List<String> names = fromSuite ? suite.profiles() : options.profiles();
        Path relativeTo = fromSuite ? file.path().toAbsolutePath().getParent() : Path.of("");
        List<StorageProfile> profiles = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            String pointer = "/profiles/" + i;
            if (!catalog.profiles().knows(name)) {
                String message = catalog.profiles().unknown(name);
                throw fromSuite ? file.problem(pointer, message) : new BadInput("--profile: " + message);
            }
            StorageProfile profile = catalog.profiles().read(name, relativeTo == null ? Path.of("") : relativeTo);
            if (!seen.add(profile.name())) {
                String message = "profile \"%s\" is named twice".formatted(profile.name());
                throw fromSuite ? file.problem(pointer, message) : new BadInput("--profile: " + message);
            }
            profiles.add(profile);
        }
        return profiles;
    }

    private static String baseline(YamlFile file, Suite suite, List<StorageProfile> profiles) {
        String first = profiles.get(0).name();
        if (suite.baseline().isEmpty()) {
            return first;
        }
        String baseline = suite.baseline().get();
        boolean planned = profiles.stream().anyMatch(profile -> profile.name().equals(baseline));
        if (!planned && !suite.profiles().contains(baseline)) {
            throw file.problem(
                    "/baseline",
                    "baseline \"%s\" is not one of the suite's profiles (allowed: %s)"
                            .formatted(baseline, String.join(", ", suite.profiles())));
        }
        // With --profile the suite's baseline may be left out of the run.
        return planned ? baseline : first;
    }

    private List<PlannedWorkload> workloads(YamlFile file, Suite suite, PlanOptions options, String master) {
        List<String> labels =
                suite.workloads().stream().map(SuiteWorkload::label).toList();
        for (String wanted : options.workloads()) {
            if (!labels.contains(wanted)) {
                throw new BadInput("--workload: \"%s\" is not in suite \"%s\" (it has: %s)"
                        .formatted(wanted, suite.name(), String.join(", ", labels)));
            }
        }
        List<PlannedWorkload> workloads = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < suite.workloads().size(); i++) {
            SuiteWorkload use = suite.workloads().get(i);
            String pointer = "/workloads/" + i;
            if (!catalog.workloads().contains(use.name())) {
                throw file.problem(
                        pointer + "/name",
                        "workload \"%s\" is not known (known: %s); see berth workloads"
                                .formatted(use.name(), String.join(", ", catalog.workloads())));
            }
            if (!seen.add(use.label())) {
                throw file.problem(
                        pointer,
                        "workload \"%s\" is used twice; give one of them a name with as:".formatted(use.label()));
            }
            PlannedWorkload workload = workload(file, pointer, suite, use, master);
            if (options.workloads().isEmpty() || options.workloads().contains(use.label())) {
                workloads.add(workload);
            }
        }
        return workloads;
    }

    private PlannedWorkload workload(YamlFile file, String pointer, Suite suite, SuiteWorkload use, String master) {
        WorkloadDefinition definition = catalog.workload(use.name());
        Map<String, Object> parameters = new TreeMap<>();
        definition.parameters().forEach((name, parameter) -> parameters.put(name, parameter.value()));
        new TreeMap<>(use.parameters()).forEach((name, value) -> {
            String place = pointer + "/parameters/" + name;
            if (!parameters.containsKey(name)) {
                throw file.problem(
                        place,
                        "parameter \"%s\" is not known to workload \"%s\" (known: %s)"
                                .formatted(name, use.name(), String.join(", ", parameters.keySet())));
            }
            Object otherwise = parameters.get(name);
            if (!sameKind(otherwise, value)) {
                throw file.problem(
                        place,
                        "parameter \"%s\" is %s (allowed: %s, such as the default %s)"
                                .formatted(name, value, kind(otherwise), otherwise));
            }
            parameters.put(name, value);
        });
        requireAllowed(file, pointer + "/spark", use.spark(), master);
        use.sparkVersion()
                .ifPresent(version -> requireSpark(
                        file,
                        pointer + "/sparkVersion",
                        definition,
                        version,
                        suite.kubernetes().filter(it -> Cluster.isMaster(master))));
        Map<String, String> conf = SparkDefaults.conf(master);
        conf.putAll(definition.spark());
        conf.putAll(suite.spark());
        conf.putAll(use.spark());
        return new PlannedWorkload(
                use.label(),
                definition.name(),
                definition.mainClass(),
                definition.description(),
                parameters,
                definition.roles(),
                definition.durability(),
                "uncontrolled",
                use.warmup().orElse(definition.warmup()),
                use.iterations().orElse(definition.iterations()),
                use.timeLimit().orElse(definition.timeLimit()),
                definition.estimate(),
                conf,
                use.sparkVersion());
    }

    /** There is something for that Spark to run the workload with. */
    private void requireSpark(
            YamlFile file, String pointer, WorkloadDefinition definition, String version, Optional<Kubernetes> pods) {
        String where;
        if (pods.isPresent()) {
            Map<String, String> images = new TreeMap<>(pods.get().images());
            if (!images.containsKey(version)) {
                throw file.problem(
                        pointer,
                        "sparkVersion \"%s\" has no image (kubernetes: images: has: %s); berth image --spark %s makes one"
                                .formatted(version, images.isEmpty() ? "none" : images.keySet(), version));
            }
            where = "image " + images.get(version);
        } else {
            Path application = catalog.application(Optional.of(version));
            if (!Files.isDirectory(application)) {
                throw file.problem(pointer, "sparkVersion \"%s\": %s".formatted(version, catalog.howToBuild(version)));
            }
            where = application.toString();
        }
        if (!definition.sparkVersions().isEmpty() && !definition.sparkVersions().contains(version)) {
            throw file.problem(
                    pointer,
                    "workload \"%s\" can't run on Spark %s (%s), where what it needs is missing (it runs on: %s); leave out sparkVersion, or the workload"
                            .formatted(
                                    definition.name(), version, where, String.join(", ", definition.sparkVersions())));
        }
    }

    /** What a suite says for Spark: no secrets, and nothing that the submission to a cluster says itself. */
    private static void requireAllowed(YamlFile file, String pointer, Map<String, String> conf, String master) {
        if (Cluster.isMaster(master)) {
            new TreeMap<>(conf).keySet().forEach(setting -> SubmittersConf.problem(setting)
                    .ifPresent(problem -> {
                        throw file.problem(pointer + "/" + setting, problem);
                    }));
        }
        SecretFreeConf.require(file, pointer, conf);
    }

    /** The default of a parameter says what kind of value it takes. */
    private static boolean sameKind(Object otherwise, Object value) {
        return kind(otherwise).equals(kind(value)) || (otherwise instanceof Double && value instanceof Integer);
    }

    private static String kind(Object value) {
        if (value instanceof Integer || value instanceof Long) {
            return "a whole number";
        }
        if (value instanceof Double) {
            return "a number";
        }
        if (value instanceof Boolean) {
            return "true or false";
        }
        return value instanceof List ? "a list" : "a text";
    }

    /**
     * Preparations of data sets first; then randomised complete blocks: each has every cell once, in an order of its own, so that a
     * machine that grows slower over the hours doesn't make the last profile look bad.
     */
    private List<Trial> trials(List<PlannedWorkload> workloads, List<StorageProfile> profiles, int blocks, long seed) {
        List<Cell> cells = cells(workloads, profiles);
        List<Trial> trials = new ArrayList<>();
        for (PlannedWorkload workload : workloads) {
            if (catalog.workload(workload.definition()).needsDataSet()) {
                for (StorageProfile profile : profiles) {
                    Cell cell = new Cell(workload.name(), profile.name());
                    trials.add(trial("prepare", Trial.Kind.PREPARE, 0, trials.size(), cell));
                }
            }
        }
        // Random and not a faster generator: its sequence and that of shuffle are specified, so a seed keeps its
        // meaning.
        Random random = new Random(seed);
        for (int block = 1; block <= blocks; block++) {
            List<Cell> order = new ArrayList<>(cells);
            Collections.shuffle(order, random);
            for (Cell cell : order) {
                trials.add(trial("block" + block, Trial.Kind.MEASURE, block, trials.size(), cell));
            }
        }
        return trials;
    }

    private static List<Cell> cells(List<PlannedWorkload> workloads, List<StorageProfile> profiles) {
        return workloads.stream()
                .flatMap(workload -> profiles.stream().map(profile -> new Cell(workload.name(), profile.name())))
                .toList();
    }

    /** Both names may have hyphens, so that two cells can come to one id. */
    private static void requireDistinctIds(YamlFile file, Suite suite, List<Cell> cells) {
        Map<String, Cell> seen = new HashMap<>();
        for (Cell cell : cells) {
            Cell other = seen.put(id(cell), cell);
            if (other != null) {
                List<String> labels =
                        suite.workloads().stream().map(SuiteWorkload::label).toList();
                throw file.problem(
                        "/workloads/" + labels.indexOf(cell.workload()),
                        "workload \"%s\" on profile \"%s\" and workload \"%s\" on profile \"%s\" would both have trials called \"%s\"; give one of the workloads another name with as:"
                                .formatted(
                                        cell.workload(), cell.profile(), other.workload(), other.profile(), id(cell)));
            }
        }
    }

    private static String id(Cell cell) {
        return cell.workload() + "-" + cell.profile();
    }

    private static Trial trial(String prefix, Trial.Kind kind, int block, int position, Cell cell) {
        return new Trial(prefix + "-" + id(cell), kind, block, position, cell.workload(), cell.profile());
    }
}

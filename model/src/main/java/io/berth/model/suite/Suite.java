package io.berth.model.suite;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A named set of workloads and the storage profiles to run them on: what the YAML said, not yet resolved.
 *
 * @param name       names results and reports
 * @param description one line for people
 * @param profiles   names of storage profiles, or paths of profile files relative to the suite
 * @param baseline   the profile that ratios refer to; the first one if absent
 * @param blocks     how often each cell is run, each time as a fresh application; 3 if absent
 * @param seed       of the order of trials; drawn and recorded if absent
 * @param workloads  what to run
 * @param spark      Spark conf for every trial
 * @param kubernetes how pods are made; a suite that has it runs on Kubernetes unless {@code --master} says otherwise
 */
public record Suite(
        String name,
        Optional<String> description,
        List<String> profiles,
        Optional<String> baseline,
        OptionalInt blocks,
        OptionalLong seed,
        List<SuiteWorkload> workloads,
        Map<String, String> spark,
        Optional<Kubernetes> kubernetes) {

    /** The number of blocks when a suite doesn't say. Three show a spread, yet no significance. */
    public static final int DEFAULT_BLOCKS = 3;

    /** The greatest number of blocks. */
    public static final int MOST_BLOCKS = 1000;

    @JsonCreator
    public Suite(
            @JsonProperty("name") String name,
            @JsonProperty("description") Optional<String> description,
            @JsonProperty("profiles") List<String> profiles,
            @JsonProperty("baseline") Optional<String> baseline,
            @JsonProperty("blocks") OptionalInt blocks,
            @JsonProperty("seed") OptionalLong seed,
            @JsonProperty("workloads") List<SuiteWorkload> workloads,
            @JsonProperty("spark") Map<String, String> spark,
            @JsonProperty("kubernetes") Optional<Kubernetes> kubernetes) {
        this.name = Names.require("name", name);
        this.description = description;
        this.profiles = Names.requireSome("profiles", profiles);
        this.baseline = baseline;
        this.blocks = blocks;
        this.seed = seed;
        this.workloads = Names.requireSome("workloads", workloads);
        this.spark = Names.requireMemory("spark", spark);
        this.kubernetes = kubernetes;
        Names.requireRange("blocks", blocks, 1, MOST_BLOCKS);
    }

    /**
     * One use of a workload in a suite.
     *
     * @param name       the workload definition's name
     * @param as         the name of this use in results, for a workload that is used more than once
     * @param parameters values that replace the definition's defaults
     * @param warmup     warm-up iterations, recorded and not counted
     * @param iterations measured iterations
     * @param timeLimit  seconds after which the application is stopped
     * @param spark      Spark conf for this workload; wins over the suite's
     * @param sparkVersion {@code MAJOR.MINOR} of the Spark that its applications run on; absent for the one that berth, or the
     *                   cluster's image, has
     */
    public record SuiteWorkload(
            String name,
            Optional<String> as,
            Map<String, Object> parameters,
            OptionalInt warmup,
            OptionalInt iterations,
            OptionalInt timeLimit,
            Map<String, String> spark,
            Optional<String> sparkVersion) {

        @JsonCreator
        public SuiteWorkload(
                @JsonProperty("name") String name,
                @JsonProperty("as") Optional<String> as,
                @JsonProperty("parameters") Map<String, Object> parameters,
                @JsonProperty("warmup") OptionalInt warmup,
                @JsonProperty("iterations") OptionalInt iterations,
                @JsonProperty("timeLimit") OptionalInt timeLimit,
                @JsonProperty("spark") Map<String, String> spark,
                @JsonProperty("sparkVersion") Optional<String> sparkVersion) {
            this.name = Names.require("name", name);
            this.as = as;
            this.parameters = parameters == null ? Map.of() : Map.copyOf(parameters);
            this.warmup = warmup;
            this.iterations = iterations;
            this.timeLimit = timeLimit;
            this.spark = Names.requireMemory("spark", spark);
            this.sparkVersion = sparkVersion;
            sparkVersion.ifPresent(value -> Names.requireSparkVersion("sparkVersion", value));
            as.ifPresent(value -> Names.require("as", value));
            Names.requireRange("warmup", warmup, 0, 1000);
            Names.requireRange("iterations", iterations, 1, 1000);
            Names.requireRange("timeLimit", timeLimit, 1, 7 * 24 * 3600);
        }

        /** The workload's name in this suite's results. */
        public String label() {
            return as.orElse(name);
        }
    }
}

package io.berth.model.suite;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.berth.model.text.BadInput;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the runner needs to know of a workload without its classes.
 *
 * @param name        as suites call it
 * @param mainClass   the class on the application's class path that implements it
 * @param description one line for people
 * @param durability  what its writes have waited for when the time ends
 * @param roles       the storage roles it uses
 * @param parameters  its parameters with defaults
 * @param dataSet     whether there is a data set to put in place before the first block; {@code true} if absent
 * @param warmup      warm-up iterations, recorded and not counted
 * @param iterations  measured iterations
 * @param timeLimit   seconds after which its application is stopped
 * @param estimate    seconds that one application with the defaults takes on two cores; for progress and plans only
 * @param spark       Spark conf that it needs
 * @param sparkVersions {@code MAJOR.MINOR} of every Spark that berth has it for; all if empty
 */
public record WorkloadDefinition(
        String name,
        String mainClass,
        String description,
        Durability durability,
        List<Role> roles,
        Map<String, Parameter> parameters,
        Optional<Boolean> dataSet,
        int warmup,
        int iterations,
        int timeLimit,
        int estimate,
        Map<String, String> spark,
        List<String> sparkVersions) {

    @JsonCreator
    public WorkloadDefinition(
            @JsonProperty("name") String name,
            @JsonProperty("mainClass") String mainClass,
            @JsonProperty("description") String description,
            @JsonProperty("durability") Durability durability,
            @JsonProperty("roles") List<Role> roles,
            @JsonProperty("parameters") Map<String, Parameter> parameters,
            @JsonProperty("dataSet") Optional<Boolean> dataSet,
            @JsonProperty("warmup") int warmup,
            @JsonProperty("iterations") int iterations,
            @JsonProperty("timeLimit") int timeLimit,
            @JsonProperty("estimate") int estimate,
            @JsonProperty("spark") Map<String, String> spark,
            @JsonProperty("sparkVersions") List<String> sparkVersions) {
        this.name = Names.require("name", name);
        this.mainClass = Names.requirePresent("mainClass", mainClass);
        this.description = Names.requirePresent("description", description);
        this.durability = Names.requirePresent("durability", durability);
        this.roles = Names.requireSome("roles", roles);
        this.parameters = parameters == null ? Map.of() : Map.copyOf(parameters);
        this.dataSet = dataSet;
        this.warmup = warmup;
        this.iterations = iterations;
        this.timeLimit = timeLimit;
        this.estimate = estimate;
        this.spark = Names.requireMemory("spark", spark);
        this.sparkVersions = sparkVersions == null ? List.of() : List.copyOf(sparkVersions);
        this.sparkVersions.forEach(version -> Names.requireSparkVersion("sparkVersions has", version));
        if (warmup < 0) {
            throw new BadInput("warmup is %d (allowed: 0 and more)".formatted(warmup));
        }
        if (iterations < 1) {
            throw new BadInput("iterations is %d (allowed: 1 and more)".formatted(iterations));
        }
        if (estimate < 1) {
            throw new BadInput("estimate is %d (allowed: 1 and more, in seconds)".formatted(estimate));
        }
        if (timeLimit < 1) {
            throw new BadInput("timeLimit is %d (allowed: 1 and more, in seconds)".formatted(timeLimit));
        }
    }

    /** Whether its trials need data that a trial before them has put in place. */
    public boolean needsDataSet() {
        return dataSet.orElse(true);
    }

    /**
     * A value that suites may set. Its type is that of its default.
     *
     * @param value       the default: text, number, boolean or a list of them
     * @param description what it does, with its unit
     */
    public record Parameter(@JsonProperty("default") Object value, String description) {
        public Parameter {
            Names.requirePresent("default", value);
            Names.requirePresent("description", description);
            if (value instanceof List<?> list) {
                value = List.copyOf(list);
            }
        }
    }
}

package io.berth.model.plan;

import io.berth.model.suite.Durability;
import io.berth.model.suite.Role;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A workload with every choice made.
 *
 * @param name               in results and reports
 * @param definition         the definition's name
 * @param mainClass          the class that implements it
 * @param description        one line for people
 * @param parameters         every parameter with its value
 * @param roles              the storage roles it uses
 * @param durability         what its writes wait for
 * @param cachePolicy        {@code uncontrolled}: caches of the machine are left as they are
 * @param warmupIterations   recorded, not counted
 * @param measuredIterations counted
 * @param timeLimitSeconds   after which its application is stopped
 * @param estimatedSeconds   what one trial is thought to take, for progress and plans
 * @param sparkConf          every Spark setting that berth sets, but for what a profile adds
 * @param sparkVersion       {@code MAJOR.MINOR} of the Spark to run on; absent for the one that berth, or the cluster's image, has
 */
public record PlannedWorkload(
        String name,
        String definition,
        String mainClass,
        String description,
        Map<String, Object> parameters,
        List<Role> roles,
        Durability durability,
        String cachePolicy,
        int warmupIterations,
        int measuredIterations,
        int timeLimitSeconds,
        int estimatedSeconds,
        Map<String, String> sparkConf,
        Optional<String> sparkVersion) {
    public PlannedWorkload {
        parameters = Map.copyOf(parameters);
        roles = List.copyOf(roles);
        sparkConf = Map.copyOf(sparkConf);
    }

    /** A workload on the Spark that berth has. */
    public PlannedWorkload(
            String name,
            String definition,
            String mainClass,
            String description,
            Map<String, Object> parameters,
            List<Role> roles,
            Durability durability,
            String cachePolicy,
            int warmupIterations,
            int measuredIterations,
            int timeLimitSeconds,
            int estimatedSeconds,
            Map<String, String> sparkConf) {
        this(
                name,
                definition,
                mainClass,
                description,
                parameters,
                roles,
                durability,
                cachePolicy,
                warmupIterations,
                measuredIterations,
                timeLimitSeconds,
                estimatedSeconds,
                sparkConf,
                Optional.empty());
    }
}

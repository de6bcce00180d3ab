package io.berth.model.plan;

import io.berth.model.mount.ExpectedMount;
import io.berth.model.suite.Durability;
import io.berth.model.suite.Role;
import io.berth.model.text.FormatVersion;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What one Spark application is told, as a JSON file without secrets. With the record lines it is the whole contract
 * between runner and application; see docs/results-format.md.
 *
 * @param format             version of this file's format
 * @param trial              id of the trial
 * @param kind               prepare the data, or measure
 * @param workload           name in the plan
 * @param mainClass          class that implements the workload
 * @param parameters         every parameter of the workload
 * @param roles              a URI for each role the workload uses: {@code data} holds data sets that outlive the trial
 * @param outputUri          directory on the data role for what this trial writes; the application removes it at its end
 * @param proofUri           directory on the data storage in which every process leaves a nonce before anything is measured,
 *                           for the runner to find from the storage's own side; absent if nobody will look
 * @param durability         what writes wait for
 * @param warmupIterations   recorded, not counted
 * @param measuredIterations counted
 * @param timeLimitSeconds   after which the runner stops the application
 * @param expectedMounts     to prove before measuring
 * @param sparkConf          the conf the application was submitted with, for the record
 * @param completeTaskFraction of the plan's thresholds: with an I/O probe that saw fewer of the tasks the application
 *                           distrusts itself; absent in specs of earlier runners
 * @param sparkVersion       {@code MAJOR.MINOR} of the Spark that the application must be on; absent if any will do
 */
public record TrialSpec(
        FormatVersion format,
        String trial,
        Trial.Kind kind,
        String workload,
        String mainClass,
        Map<String, Object> parameters,
        Map<Role, String> roles,
        String outputUri,
        Optional<String> proofUri,
        Durability durability,
        int warmupIterations,
        int measuredIterations,
        int timeLimitSeconds,
        List<ExpectedMount> expectedMounts,
        Map<String, String> sparkConf,
        OptionalDouble completeTaskFraction,
        Optional<String> sparkVersion) {
    public TrialSpec {
        parameters = Map.copyOf(parameters);
        roles = Map.copyOf(roles);
        expectedMounts = List.copyOf(expectedMounts);
        sparkConf = Map.copyOf(sparkConf);
    }

    /** Of an application on whatever Spark. */
    public TrialSpec(
            FormatVersion format,
            String trial,
            Trial.Kind kind,
            String workload,
            String mainClass,
            Map<String, Object> parameters,
            Map<Role, String> roles,
            String outputUri,
            Optional<String> proofUri,
            Durability durability,
            int warmupIterations,
            int measuredIterations,
            int timeLimitSeconds,
            List<ExpectedMount> expectedMounts,
            Map<String, String> sparkConf,
            OptionalDouble completeTaskFraction) {
        this(
                format,
                trial,
                kind,
                workload,
                mainClass,
                parameters,
                roles,
                outputUri,
                proofUri,
                durability,
                warmupIterations,
                measuredIterations,
                timeLimitSeconds,
                expectedMounts,
                sparkConf,
                completeTaskFraction,
                Optional.empty());
    }
}

package io.berth.model.plan;

/**
 * A place in the matrix of a report: one workload on one storage profile.
 *
 * @param workload the workload's name in the plan
 * @param profile  the storage profile's name
 */
public record Cell(String workload, String profile) {
    @Override
    public String toString() {
        return workload + "/" + profile;
    }
}

package io.berth.storage;

import io.fabric8.kubernetes.api.model.Volume;

/**
 * A volume in the driver and in every executor.
 *
 * @param volume    as Kubernetes calls it
 * @param mountPath where the pods see it
 */
public record PodVolume(Volume volume, String mountPath) {}

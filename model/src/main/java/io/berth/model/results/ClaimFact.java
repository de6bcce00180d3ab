package io.berth.model.results;

import java.util.Optional;

/**
 * Which volume a pod really had, by what Kubernetes never gives twice. What berth may not ask for is absent.
 *
 * @param volume                as the pod calls it
 * @param claim                 name of the PersistentVolumeClaim
 * @param claimUid              of the claim
 * @param persistentVolume      that the claim is bound to
 * @param persistentVolumeUid   of that volume
 * @param storageClass          of the claim
 * @param storageClassUid       of that class
 */
public record ClaimFact(
        String volume,
        String claim,
        String claimUid,
        Optional<String> persistentVolume,
        Optional<String> persistentVolumeUid,
        Optional<String> storageClass,
        Optional<String> storageClassUid) {}

package io.berth.storage;

import io.berth.model.suite.StorageProfile;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/** What a profile says in Kubernetes' own words. */
public final class KubernetesWords {
    private KubernetesWords() {}

    /**
     * Reads an object.
     *
     * @param key   where in the profile it stands
     * @param value a mapping
     * @throws StorageUnavailable naming profile, key and what is wrong
     */
    public static <T> T read(StorageProfile profile, String key, Object value, Class<T> type) {
        try {
            return new KubernetesSerialization().convertValue(value, type);
        } catch (IllegalArgumentException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": %s can't be read as Kubernetes' %s (%s)"
                            .formatted(
                                    profile.name(),
                                    key,
                                    type.getSimpleName(),
                                    String.valueOf(e.getMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse("")),
                    e);
        }
    }
}

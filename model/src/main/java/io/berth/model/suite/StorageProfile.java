package io.berth.model.suite;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/**
 * A storage backend with settings and a name. It holds no secrets, only references to them.
 *
 * @param name        as suites call it
 * @param backend     the kind of storage
 * @param description one line for people
 * @param accessType  how far away the storage is
 * @param deploy      Kubernetes objects, in Kubernetes' own words, that berth makes for a run and removes after it: the
 *                    servers of this storage, if it isn't there already
 * @param settings    the backend's own settings, checked by the backend
 */
public record StorageProfile(
        String name,
        String backend,
        String description,
        AccessType accessType,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Map<String, Object>> deploy,
        Map<String, Object> settings) {

    @JsonCreator
    public StorageProfile(
            @JsonProperty("name") String name,
            @JsonProperty("backend") String backend,
            @JsonProperty("description") String description,
            @JsonProperty("accessType") AccessType accessType,
            @JsonProperty("deploy") List<Map<String, Object>> deploy,
            @JsonProperty("settings") Map<String, Object> settings) {
        this.name = Names.require("name", name);
        this.backend = Names.requirePresent("backend", backend);
        this.description = Names.requirePresent("description", description);
        this.accessType = Names.requirePresent("accessType", accessType);
        this.deploy = deploy == null ? List.of() : List.copyOf(deploy);
        this.settings = settings == null ? Map.of() : Map.copyOf(settings);
    }

    /** A profile of a storage that is there already. */
    public StorageProfile(
            String name, String backend, String description, AccessType accessType, Map<String, Object> settings) {
        this(name, backend, description, accessType, List.of(), settings);
    }

    /** The same profile with other settings. */
    public StorageProfile withSettings(Map<String, Object> others) {
        return new StorageProfile(name, backend, description, accessType, deploy, others);
    }
}

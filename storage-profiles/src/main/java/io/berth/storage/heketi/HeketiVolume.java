package io.berth.storage.heketi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A volume as Heketi describes it.
 *
 * @param id      Heketi's own name for it
 * @param name    GlusterFS' name for it
 * @param sizeGib what its users may write
 * @param hosts   that tell clients where its bricks are, the one to ask first in front
 */
record HeketiVolume(String id, String name, long sizeGib, List<String> hosts) {
    HeketiVolume {
        hosts = List.copyOf(hosts);
    }

    /**
     * Reads Heketi's description.
     *
     * @throws IllegalArgumentException if that says too little to mount the volume
     */
    static HeketiVolume of(JsonNode json) {
        JsonNode mount = json.path("mount").path("glusterfs");
        // HOST:VOLUME; the addresses of IPv6 have colons of their own.
        String device = mount.path("device").asText();
        int colon = device.lastIndexOf(':');
        if (json.path("id").asText().isEmpty() || colon < 1) {
            throw new IllegalArgumentException("a volume without id or mount.glusterfs.device");
        }
        Set<String> hosts = new LinkedHashSet<>(List.of(device.substring(0, colon)));
        for (String host :
                mount.path("options").path("backup-volfile-servers").asText().split(",", -1)) {
            if (!host.isBlank()) {
                hosts.add(host.strip());
            }
        }
        return new HeketiVolume(
                json.path("id").asText(),
                device.substring(colon + 1),
                json.path("size").asLong(),
                new ArrayList<>(hosts));
    }
}

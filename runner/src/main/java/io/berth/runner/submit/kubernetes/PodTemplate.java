package io.berth.runner.submit.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A pod of the user's, which berth's own is laid over: what both say is as berth says it. */
final class PodTemplate {
    private final Map<String, Object> template;
    private final KubernetesSerialization serialization;

    PodTemplate(Map<String, Object> template, KubernetesSerialization serialization) {
        this.template = template;
        this.serialization = serialization;
    }

    /**
     * The template with a pod laid over it. Lists have the elements of both; those of the same name, or the same path where it
     * is mounted, are one.
     */
    Pod under(Pod pod) {
        if (template.isEmpty()) {
            return pod;
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> over = serialization.convertValue(pod, Map.class);
        return serialization.convertValue(merged(template, over), Pod.class);
    }

    private static Object merged(@Nullable Object below, Object over) {
        if (below instanceof Map<?, ?> one && over instanceof Map<?, ?> other) {
            return merged(one, other);
        }
        return below instanceof List<?> one && over instanceof List<?> other && hasMaps(other)
                ? merged(one, other)
                : over;
    }

    private static Map<Object, Object> merged(Map<?, ?> below, Map<?, ?> over) {
        Map<Object, Object> all = new LinkedHashMap<>(below);
        over.forEach((key, value) -> {
            // What the client's types write of a thing that isn't set.
            boolean unset = value == null
                    || (value instanceof Map<?, ?> map && map.isEmpty())
                    || (value instanceof List<?> list && list.isEmpty());
            if (!unset || !all.containsKey(key)) {
                all.put(key, merged(below.get(key), value));
            }
        });
        return all;
    }

    private static List<Object> merged(List<?> below, List<?> over) {
        List<Object> all = new ArrayList<>();
        List<Object> rest = new ArrayList<>(below);
        for (Object element : over) {
            Optional<Object> same =
                    rest.stream().filter(it -> isSame(it, element)).findFirst();
            same.ifPresent(rest::remove);
            all.add(merged(same.orElse(null), element));
        }
        all.addAll(rest);
        return all;
    }

    private static boolean hasMaps(List<?> list) {
        return list.stream().allMatch(Map.class::isInstance);
    }

    private static boolean isSame(Object one, Object other) {
        if (!(one instanceof Map<?, ?> first) || !(other instanceof Map<?, ?> second)) {
            return false;
        }
        // A volume may be mounted at two paths, so there its name doesn't tell.
        Object key = second.containsKey("mountPath") ? "mountPath" : "name";
        return second.get(key) != null && second.get(key).equals(first.get(key));
    }
}

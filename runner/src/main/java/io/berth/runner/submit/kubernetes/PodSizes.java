package io.berth.runner.submit.kubernetes;

import io.berth.model.suite.Kubernetes;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the pods of one application request, which is also their limit.
 *
 * @param process {@code driver} or {@code executor}
 * @param cpu     processors
 * @param memory  bytes
 */
public record PodSizes(String process, BigDecimal cpu, BigDecimal memory) {

    /** Of the driver and each executor of an application with that conf. */
    public static List<PodSizes> of(Kubernetes settings, Map<String, String> sparkConf) {
        List<PodSizes> sizes = new ArrayList<>();
        sizes.add(new PodSizes(
                ApplicationManifests.DRIVER,
                amount(settings.driverCpu().orElse("1")).add(amount(ApplicationManifests.RESULTS_CPU)),
                memory(sparkConf, ApplicationManifests.DRIVER).add(amount(ApplicationManifests.RESULTS_MEMORY))));
        for (int i = 0; i < settings.executors().orElse(2); i++) {
            sizes.add(new PodSizes(
                    ApplicationManifests.EXECUTOR,
                    amount(settings.executorCpu().orElse("1")),
                    memory(sparkConf, ApplicationManifests.EXECUTOR)));
        }
        return sizes;
    }

    private static BigDecimal memory(Map<String, String> conf, String process) {
        return amount(ApplicationManifests.memoryMib(conf, process) + "Mi");
    }

    private static BigDecimal amount(String quantity) {
        return new Quantity(quantity).getNumericalAmount();
    }
}

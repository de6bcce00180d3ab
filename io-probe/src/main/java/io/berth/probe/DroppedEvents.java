package io.berth.probe;

import com.codahale.metrics.Counter;
import java.util.Map;
import org.apache.spark.SparkContext;

/** Events that Spark's listener bus threw away because a listener was slow. */
final class DroppedEvents {
    private DroppedEvents() {}

    /** Of the queue that the probe's listener is in; other queues are none of its business. */
    static long of(SparkContext spark) {
        long dropped = 0;
        for (Map.Entry<String, Counter> each :
                spark.listenerBus().metrics().metricRegistry().getCounters().entrySet()) {
            if (each.getKey().endsWith("queue.shared.numDroppedEvents")) {
                dropped += each.getValue().getCount();
            }
        }
        return dropped;
    }
}

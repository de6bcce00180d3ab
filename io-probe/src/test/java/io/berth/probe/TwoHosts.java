package io.berth.probe;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;
import org.apache.spark.rpc.RpcEnv;
import scala.Option;
import scala.Tuple3;

/**
 * A {@link PlainApplication} on a cluster of two workers with different addresses. Those of {@code local-cluster} have the
 * same, and Spark starts no second copy of a task on the host of the first.
 */
public final class TwoHosts {
    private static final String MASTER = "127.0.0.1";
    private static final int CORES = 2;
    private static final int MIB = 1024;

    private TwoHosts() {}

    public static void main(String[] arguments) throws Exception {
        SparkConf conf = new SparkConf().set("spark.master.rest.enabled", "false");
        Tuple3<RpcEnv, Object, Option<Object>> master = Master.startRpcEnvAndEndpoint(MASTER, 0, 0, conf);
        String url = "spark://" + MASTER + ":" + master._1().address().port();
        Path work = Files.createDirectories(Path.of(arguments[1]).resolve("workers"));
        int number = 0;
        for (String host : new String[] {"127.0.0.1", "127.0.0.2"}) {
            Worker.startRpcEnvAndEndpoint(
                    host,
                    0,
                    0,
                    CORES,
                    MIB,
                    new String[] {url},
                    work.toString(),
                    Option.apply(number++),
                    conf,
                    Option.empty());
        }
        System.setProperty("spark.master", url);
        PlainApplication.main(arguments);
        // The workers' and the master's threads are no daemons.
        System.exit(0);
    }
}

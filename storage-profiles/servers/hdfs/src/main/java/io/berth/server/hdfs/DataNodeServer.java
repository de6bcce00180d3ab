package io.berth.server.hdfs;

import java.io.PrintStream;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.server.datanode.DataNode;

/**
 * Hadoop's DataNode on free ports of the loopback interface. When the NameNode knows it and its blocks, it prints one line,
 * {@code ready web=PORT}; everything else goes to standard error.
 */
public final class DataNodeServer {
    private static final long POLL_MILLIS = 20;

    private DataNodeServer() {}

    /**
     * Starts the DataNode.
     *
     * @param args a directory of its own, and the port of the NameNode
     */
    public static void main(String[] args) throws Exception {
        PrintStream ready = System.out;
        System.setOut(System.err);
        Path directory = Path.of(args[0]);
        Configuration conf = new Configuration();
        conf.set("fs.defaultFS", "hdfs://127.0.0.1:" + Integer.parseInt(args[1]));
        conf.set("hadoop.tmp.dir", directory.resolve("tmp").toString());
        conf.set("dfs.datanode.data.dir", directory.resolve("data").toUri().toString());
        conf.set("dfs.datanode.hostname", "127.0.0.1");
        // Of files that are written by its REST interface.
        conf.set("dfs.replication", "1");
        for (String kind : new String[] {"address", "http.address", "ipc.address"}) {
            conf.set("dfs.datanode." + kind, "127.0.0.1:0");
        }
        DataNode server = DataNode.createDataNode(new String[0], conf);
        while (!server.isDatanodeFullyStarted()) {
            Thread.sleep(POLL_MILLIS);
        }
        ready.printf("ready web=%d%n", server.getInfoPort());
    }
}

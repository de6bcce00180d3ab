package io.berth.server.hdfs;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.server.namenode.NameNode;
import org.apache.hadoop.metrics2.lib.DefaultMetricsSystem;

/**
 * Hadoop's NameNode with a new, empty file system on the loopback interface. When it serves, it prints one line, {@code
 * ready port=PORT web=PORT}; everything else goes to standard error.
 */
public final class NameNodeServer {
    /** Logs a page of warnings about Hadoop's own classes; held, because a logger nobody holds forgets its level. */
    private static final Logger REST = Logger.getLogger("org.apache.hadoop.shaded.com.sun.jersey");

    private NameNodeServer() {}

    /**
     * Formats and starts the NameNode.
     *
     * @param args a directory of its own, and the port, where 0 is any free one
     */
    public static void main(String[] args) throws Exception {
        PrintStream ready = System.out;
        System.setOut(System.err);
        REST.setLevel(Level.SEVERE);
        Path directory = Path.of(args[0]);
        Configuration conf = new Configuration();
        conf.set("fs.defaultFS", "hdfs://127.0.0.1:" + Integer.parseInt(args[1]));
        conf.set("hadoop.tmp.dir", directory.resolve("tmp").toString());
        conf.set("dfs.namenode.name.dir", directory.resolve("name").toUri().toString());
        conf.set("dfs.namenode.http-address", "127.0.0.1:0");
        // There is one DataNode.
        conf.set("dfs.replication", "1");
        // Nothing is to be waited for: the file system is empty.
        conf.set("dfs.namenode.safemode.extension", "0");
        // Loopback addresses have names on some machines and none on others.
        conf.set("dfs.namenode.datanode.registration.ip-hostname-check", "false");
        // Formatting and serving register metrics of one name, and are two processes elsewhere.
        DefaultMetricsSystem.setMiniClusterMode(true);
        NameNode.format(conf);
        NameNode server = NameNode.createNameNode(new String[0], conf);
        ready.printf(
                "ready port=%d web=%d%n",
                server.getNameNodeAddress().getPort(), server.getHttpAddress().getPort());
    }
}

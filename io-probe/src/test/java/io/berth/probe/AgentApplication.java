package io.berth.probe;

import io.berth.probe.bridge.Account;
import io.berth.probe.bridge.Cells;
import io.berth.probe.bridge.Outside;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** Writes a file without Spark, says what the agent saw of it, and ends as if it were killed. */
final class AgentApplication {
    private AgentApplication() {}

    public static void main(String[] arguments) throws Exception {
        try (RawLocalFileSystem files = new RawLocalFileSystem()) {
            files.initialize(URI.create("file:///"), new Configuration());
            try (FSDataOutputStream out = files.create(new Path(arguments[0], "written"))) {
                out.write(new byte[12345]);
            }
        }
        long bytes = 0;
        for (Account account : Outside.costs()) {
            for (int cell = 0; cell < Cells.COUNT; cell++) {
                bytes += account.bytes(cell);
            }
        }
        System.out.println("answer: bytes: " + bytes);
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }
}

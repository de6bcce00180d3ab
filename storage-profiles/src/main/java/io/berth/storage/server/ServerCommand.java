package io.berth.storage.server;

import io.berth.model.process.Leash;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How to start a server of berth's own.
 *
 * @param name        what messages call it
 * @param module      names the directory of its class path below {@code storage-profiles/servers}
 * @param mainClass   prints one line {@code ready NAME=NUMBER …} when it serves
 * @param arguments   of the main class; never a secret, because everybody on the machine may read them
 * @param heapMiB     its largest heap
 * @param environment added to its environment; where secrets travel
 * @param log         what it prints is appended here
 * @param patience    how long it may take until it serves
 */
public record ServerCommand(
        String name,
        String module,
        String mainClass,
        List<String> arguments,
        int heapMiB,
        Map<String, String> environment,
        Path log,
        Duration patience) {
    public ServerCommand {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    /** @param temporary directory for temporary files, which no server removes when it is halted */
    List<String> line(Path temporary) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.add("-Xmx" + heapMiB + "m");
        // Small and steady: what a server's collector takes from two cores, the application doesn't get.
        line.add("-XX:+UseSerialGC");
        line.add("-XX:+ExitOnOutOfMemoryError");
        line.add("-Djava.io.tmpdir=" + temporary);
        // Standard output is for the line that says that it serves.
        line.add("-XX:+DisplayVMOutputToStderr");
        line.add("-cp");
        line.add(lib() + File.separator + "*");
        line.add(Leash.class.getName());
        line.add(mainClass);
        line.addAll(arguments);
        return line;
    }

    /** The class path that Maven assembled for it. */
    Path lib() {
        return Path.of(System.getProperty("berth.home", "."), "storage-profiles/servers", module, "target/server/lib");
    }
}

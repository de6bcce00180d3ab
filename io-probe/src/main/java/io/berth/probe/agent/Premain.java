package io.berth.probe.agent;

import io.berth.probe.selftest.DelayedClasses;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.instrument.Instrumentation;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Where the Java virtual machine starts the agent. It must not touch {@code io.berth.probe.bridge} before that package is
 * in the bootstrap loader, else there are two of it and nothing is ever counted.
 */
public final class Premain {
    private static final String BRIDGE = "io/berth/probe/bridge/";

    private Premain() {}

    /** Never throws: an application must not die because it couldn't be measured. */
    @SuppressWarnings({"CatchAndPrintStackTrace", "SystemOut"})
    public static void premain(@Nullable String options, Instrumentation instrumentation) {
        try {
            Options parsed = Options.parse(options);
            if (!parsed.delay().isEmpty()) {
                DelayedClasses.install(parsed.delay(), instrumentation);
                return;
            }
            shareBridge(instrumentation);
            new Instrumenting(new Hooks(parsed.include())).install(instrumentation);
        } catch (IOException | RuntimeException | LinkageError e) {
            System.err.println(
                    "berth-io-probe: no storage call will be timed, because the agent could not start: " + e);
        }
    }

    /**
     * Copies the bridge's classes to a jar of their own and appends it to the bootstrap class path. Not by
     * Boot-Class-Path in the manifest: that would need a second jar beside this one, or put the plugin itself into the
     * bootstrap loader, where it can't see Spark.
     */
    private static void shareBridge(Instrumentation instrumentation) throws IOException {
        Path jar = Files.createTempFile("berth-io-probe-bridge", ".jar");
        try {
            Path own = ownJar();
            try (JarFile agent = new JarFile(own.toFile());
                    OutputStream file = Files.newOutputStream(jar);
                    JarOutputStream bridge = new JarOutputStream(file)) {
                for (JarEntry entry : agent.stream()
                        .filter(entry -> entry.getName().startsWith(BRIDGE)
                                && entry.getName().endsWith(".class"))
                        .toList()) {
                    bridge.putNextEntry(new JarEntry(entry.getName()));
                    try (InputStream content = agent.getInputStream(entry)) {
                        content.transferTo(bridge);
                    }
                    bridge.closeEntry();
                }
            }
            try (JarFile bridge = new JarFile(jar.toFile())) {
                instrumentation.appendToBootstrapClassLoaderSearch(bridge);
            }
        } finally {
            // The virtual machine has opened it, and keeps it open. At the end it would be too late: machines that are
            // killed or halt themselves leave everything behind.
            Files.delete(jar);
        }
    }

    private static Path ownJar() throws IOException {
        try {
            // A URI, because the path of a URL is not decoded.
            return Path.of(Premain.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IOException("the agent's own jar has no path: " + e.getMessage(), e);
        }
    }
}

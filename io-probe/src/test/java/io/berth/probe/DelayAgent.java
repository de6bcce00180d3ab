package io.berth.probe;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.matcher.ElementMatchers;

/**
 * Puts {@link Delay} into {@code read(byte[], int, int)} of one class. Given to the machine before the probe's agent, it
 * becomes part of what the probe times.
 */
public final class DelayAgent {
    private DelayAgent() {}

    public static void premain(String type, Instrumentation instrumentation) {
        new AgentBuilder.Default()
                .disableClassFormatChanges()
                .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
                .type(ElementMatchers.named(type))
                .transform((builder, description, loader, module, domain) -> builder.visit(Advice.to(Pause.class)
                        .on(ElementMatchers.named("read")
                                .and(ElementMatchers.takesArguments(byte[].class, int.class, int.class)))))
                .installOn(instrumentation);
    }

    static final class Pause {
        private Pause() {}

        @Advice.OnMethodEnter
        static void enter() {
            Delay.pause();
        }
    }

    /** A jar that holds nothing but the word which class is the agent. */
    static Path jar(Path directory) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", DelayAgent.class.getName());
        manifest.getMainAttributes().putValue("Can-Retransform-Classes", "true");
        Path jar = directory.resolve("delay-agent.jar");
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        return jar;
    }
}

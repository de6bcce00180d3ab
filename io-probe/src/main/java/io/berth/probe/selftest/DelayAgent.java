package io.berth.probe.selftest;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.matcher.ElementMatchers;

/**
 * Puts {@link Delay} into the reads of input streams. Given to the machine before the probe's agent, it becomes part of
 * what the probe times.
 */
public final class DelayAgent {
    private DelayAgent() {}

    /** Where the Java virtual machine starts it; the options are names of classes, separated by commas. */
    public static void premain(String types, Instrumentation instrumentation) {
        new AgentBuilder.Default()
                .disableClassFormatChanges()
                .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
                .type(ElementMatchers.namedOneOf(types.split(",", -1)))
                .transform((builder, description, loader, module, domain) -> builder.visit(Advice.to(
                                Around.class, ClassFileLocator.ForClassLoader.of(Around.class.getClassLoader()))
                        .on(ElementMatchers.named("read").and(ElementMatchers.not(ElementMatchers.takesArguments(0))))))
                .installOn(instrumentation);
    }

    static final class Around {
        private Around() {}

        @Advice.OnMethodEnter
        static long enter() {
            return Delay.enter();
        }

        @Advice.OnMethodExit(onThrowable = Throwable.class)
        static void exit(@Advice.Enter long started) {
            Delay.exit(started);
        }
    }

    /** Writes a jar that holds nothing but the word which class is the agent; the class itself is on the class path. */
    public static void writeJar(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", DelayAgent.class.getName());
        manifest.getMainAttributes().putValue("Can-Retransform-Classes", "true");
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    }
}

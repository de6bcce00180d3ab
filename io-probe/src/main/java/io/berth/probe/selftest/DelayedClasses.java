package io.berth.probe.selftest;

import java.lang.instrument.Instrumentation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.matcher.ElementMatchers;

/**
 * Puts {@link Delay} into the reads of input streams, or into other methods. Installed before the probe, it becomes part of
 * what the probe times.
 */
public final class DelayedClasses {
    private DelayedClasses() {}

    /**
     * From now on these methods are delayed.
     *
     * @param methods {@code CLASS#METHOD}, or {@code CLASS} for its reads into arrays and buffers
     */
    public static void install(List<String> methods, Instrumentation instrumentation) {
        Map<String, Set<String>> byType = new HashMap<>();
        for (String method : methods) {
            int hash = method.indexOf('#');
            byType.computeIfAbsent(hash < 0 ? method : method.substring(0, hash), type -> new HashSet<>())
                    .add(hash < 0 ? "read" : method.substring(hash + 1));
        }
        new AgentBuilder.Default()
                .disableClassFormatChanges()
                .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
                .type(ElementMatchers.namedOneOf(byType.keySet().toArray(new String[0])))
                .transform((builder, description, loader, module, domain) -> builder.visit(
                        Advice.to(Around.class, ClassFileLocator.ForClassLoader.of(Around.class.getClassLoader()))
                                .on(method -> byType.getOrDefault(description.getName(), Set.of())
                                                .contains(method.getName())
                                        && !method.isAbstract()
                                        && !(method.getName().equals("read")
                                                && method.getParameters().isEmpty()))))
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
}

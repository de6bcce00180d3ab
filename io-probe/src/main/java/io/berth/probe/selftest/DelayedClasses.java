package io.berth.probe.selftest;

import java.lang.instrument.Instrumentation;
import java.util.List;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.matcher.ElementMatchers;

/** Puts {@link Delay} into the reads of input streams. Installed before the probe, it becomes part of what the probe times. */
public final class DelayedClasses {
    private DelayedClasses() {}

    /** From now on the reads of these classes are delayed. */
    public static void install(List<String> types, Instrumentation instrumentation) {
        new AgentBuilder.Default()
                .disableClassFormatChanges()
                .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
                .type(ElementMatchers.namedOneOf(types.toArray(new String[0])))
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
}

package io.berth.probe.agent;

import io.berth.probe.bridge.Bridge;
import io.berth.probe.bridge.Schemes;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.List;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.scaffold.TypeValidation;
import net.bytebuddy.utility.JavaModule;
import org.jspecify.annotations.Nullable;

/** Puts the hooks into classes as they are loaded. */
final class Instrumenting {
    private Instrumenting() {}

    static void install(Instrumentation instrumentation) {
        new AgentBuilder.Default(new ByteBuddy().with(TypeValidation.DISABLED))
                // No new members: only so can hooks be put into classes that are loaded already, and taken out again.
                .disableClassFormatChanges()
                .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
                .with(new Missing())
                .ignore((type, loader, module, redefined, domain) -> !Hooks.mayHook(type.getName()))
                .type((type, loader, module, redefined, domain) ->
                        !Hooks.of(type).isEmpty())
                .transform(Instrumenting::hook)
                .installOn(instrumentation);
        Bridge.instrumented();
    }

    private static DynamicType.Builder<?> hook(
            DynamicType.Builder<?> builder,
            TypeDescription type,
            @Nullable ClassLoader loader,
            @Nullable JavaModule module,
            @Nullable ProtectionDomain domain) {
        int scheme = Schemes.named(type.getName());
        List<Hook> hooks = Hooks.of(type);
        DynamicType.Builder<?> hooked = builder;
        for (Hook hook : hooks) {
            hooked = hooked.visit(hook.bind(scheme).on(hook.methods()));
        }
        return hooked;
    }

    /** Remembers what can't be transformed, so that the report can say what it doesn't know. */
    private static final class Missing extends AgentBuilder.Listener.Adapter {
        @Override
        public void onError(
                String type,
                @Nullable ClassLoader loader,
                @Nullable JavaModule module,
                boolean loaded,
                Throwable throwable) {
            Bridge.notTransformed(type, throwable.toString());
        }
    }
}

package io.berth.probe.agent;

import io.berth.probe.bridge.Bridge;
import io.berth.probe.bridge.Schemes;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.scaffold.TypeValidation;
import net.bytebuddy.utility.JavaModule;
import org.jspecify.annotations.Nullable;

/** Puts the hooks into classes as they are loaded. */
final class Instrumenting {
    private final Hooks hooks;

    Instrumenting(Hooks hooks) {
        this.hooks = hooks;
    }

    void install(Instrumentation instrumentation) {
        Hooks.replaceCategories();
        new AgentBuilder.Default(new ByteBuddy().with(TypeValidation.DISABLED))
                // No new members: only so can hooks be put into classes that are loaded already.
                .disableClassFormatChanges()
                .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
                .with(new Missing())
                .ignore((type, loader, module, redefined, domain) -> !hooks.mayHook(type.getName()))
                .type((type, loader, module, redefined, domain) ->
                        !hooks.of(type).isEmpty())
                .transform(this::hook)
                .installOn(instrumentation);
        Bridge.instrumented();
    }

    private DynamicType.Builder<?> hook(
            DynamicType.Builder<?> builder,
            TypeDescription type,
            @Nullable ClassLoader loader,
            @Nullable JavaModule module,
            @Nullable ProtectionDomain domain) {
        int scheme = Schemes.named(type.getName());
        DynamicType.Builder<?> hooked = builder;
        for (Hook hook : hooks.of(type)) {
            if (type.getDeclaredMethods().filter(hook.methods()).isEmpty()) {
                if (Hooks.isNamed(type.getName())) {
                    Bridge.notTransformed(type.getName(), "this version has no method " + hook.methods());
                }
            } else {
                hooked = hooked.visit(hook.bind(scheme).on(hook.methods()));
            }
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

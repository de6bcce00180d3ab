package io.berth.probe.agent;

import io.berth.model.results.IoCategory;
import io.berth.probe.bridge.Cells;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.matcher.ElementMatcher;

/** One advice around some methods of a class. */
sealed interface Hook {
    /** One of the classes in {@link Timed}. */
    Class<?> advice();

    /** Which methods of the class are hooked. */
    ElementMatcher<? super MethodDescription> methods();

    /** What the advice gets as its {@link Constant} in a class of this scheme. */
    int constant(int scheme);

    /** The advice for a class of this scheme. */
    default Advice bind(int scheme) {
        return Advice.withCustomMapping()
                .bind(Constant.class, constant(scheme))
                .to(advice(), ClassFileLocator.ForClassLoader.of(advice().getClassLoader()));
    }

    /** Calls that count as a category. */
    record Counting(IoCategory category, Class<?> advice, ElementMatcher<? super MethodDescription> methods)
            implements Hook {
        @Override
        public int constant(int scheme) {
            return Cells.cell(scheme, Categories.number(category));
        }
    }

    /** Calls that say what the calls inside them are for. */
    record Scoping(int purpose, Class<?> advice, ElementMatcher<? super MethodDescription> methods) implements Hook {
        Scoping(int purpose, ElementMatcher<? super MethodDescription> methods) {
            this(purpose, Timed.Scope.class, methods);
        }

        @Override
        public int constant(int scheme) {
            return purpose;
        }
    }

    /** Calls that don't count, with all that they call. */
    record Ignoring(ElementMatcher<? super MethodDescription> methods) implements Hook {
        @Override
        public Class<?> advice() {
            return Timed.Ignored.class;
        }

        @Override
        public int constant(int scheme) {
            return 0;
        }
    }
}

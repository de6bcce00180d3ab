package io.berth.probe.agent;

import io.berth.model.results.IoCategory;
import io.berth.probe.bridge.Cells;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.matcher.ElementMatcher;

/**
 * One advice around some methods of a class.
 *
 * @param category what the calls count as
 * @param advice   one of the classes in {@link Timed}
 * @param methods  of the class that are hooked
 */
record Hook(IoCategory category, Class<?> advice, ElementMatcher<? super MethodDescription> methods) {

    /** The advice for a class of this scheme. */
    Advice bind(int scheme) {
        return Advice.withCustomMapping()
                .bind(Cell.class, Cells.cell(scheme, Categories.number(category)))
                .to(advice, ClassFileLocator.ForClassLoader.of(advice.getClassLoader()));
    }
}

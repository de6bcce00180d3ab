/**
 * What instrumented classes call. The agent puts this package into the bootstrap loader, because Hadoop's classes, Spark's
 * and the user's have no other loader in common; so it may use nothing but {@code java.base}.
 */
@NullMarked
package io.berth.probe.bridge;

import org.jspecify.annotations.NullMarked;

/** The Java agent: which methods it hooks and what is put around them. */
@NullMarked
package io.berth.probe.agent;

import org.jspecify.annotations.NullMarked;

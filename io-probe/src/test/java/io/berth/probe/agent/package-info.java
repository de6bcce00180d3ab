@NullMarked
package io.berth.probe.agent;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.berth.probe.bridge;

import org.jspecify.annotations.NullMarked;

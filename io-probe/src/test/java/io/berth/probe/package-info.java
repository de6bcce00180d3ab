@NullMarked
package io.berth.probe;

import org.jspecify.annotations.NullMarked;

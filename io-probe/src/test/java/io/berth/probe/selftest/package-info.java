@NullMarked
package io.berth.probe.selftest;

import org.jspecify.annotations.NullMarked;

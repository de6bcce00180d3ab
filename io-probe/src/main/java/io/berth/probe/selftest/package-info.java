/** The probe's test of itself: reads that are delayed by known times, and what it made of them. */
@NullMarked
package io.berth.probe.selftest;

import org.jspecify.annotations.NullMarked;

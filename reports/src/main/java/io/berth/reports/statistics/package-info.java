/** Statistics as pure functions of samples. What a sample is too small to say is absent, never zero. */
@NullMarked
package io.berth.reports.statistics;

import org.jspecify.annotations.NullMarked;

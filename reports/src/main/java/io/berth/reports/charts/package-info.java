/**
 * Charts as inline SVG. JFreeChart draws every mark; the text is added here, because its size in JFreeChart depends on the
 * fonts of the machine: without it equal results give equal bytes everywhere, and no font is needed at all.
 */
@NullMarked
package io.berth.reports.charts;

import org.jspecify.annotations.NullMarked;

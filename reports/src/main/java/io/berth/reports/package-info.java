/** The report of a run, from its results alone. It begins at {@link io.berth.reports.Report}. */
@NullMarked
package io.berth.reports;

import org.jspecify.annotations.NullMarked;

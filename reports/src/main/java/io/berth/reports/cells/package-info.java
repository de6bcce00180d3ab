/** What each workload on each profile came to: outcome, estimate, ratio, warnings. */
@NullMarked
package io.berth.reports.cells;

import org.jspecify.annotations.NullMarked;

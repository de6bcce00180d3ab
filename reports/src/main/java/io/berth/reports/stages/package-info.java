/** Where the time of a workload went: stages, their time split, and what a faster storage could change at most. */
@NullMarked
package io.berth.reports.stages;

import org.jspecify.annotations.NullMarked;

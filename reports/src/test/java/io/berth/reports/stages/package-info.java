@NullMarked
package io.berth.reports.stages;

import org.jspecify.annotations.NullMarked;

/** Numbers as people read them, and the report for a terminal. */
@NullMarked
package io.berth.reports.text;

import org.jspecify.annotations.NullMarked;

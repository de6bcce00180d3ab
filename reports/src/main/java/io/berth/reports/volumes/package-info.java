/** The lives of volumes, class by class. */
@NullMarked
package io.berth.reports.volumes;

import org.jspecify.annotations.NullMarked;

/** The HTML page: what its templates are given, and the templates themselves, which are compiled into this package. */
@NullMarked
package io.berth.reports.page;

import org.jspecify.annotations.NullMarked;

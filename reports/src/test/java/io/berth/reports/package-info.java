@NullMarked
package io.berth.reports;

import org.jspecify.annotations.NullMarked;

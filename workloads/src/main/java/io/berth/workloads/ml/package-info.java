/** MLlib: data with a known structure, models that must find it, and what loading and saving them costs. */
@NullMarked
package io.berth.workloads.ml;

import org.jspecify.annotations.NullMarked;

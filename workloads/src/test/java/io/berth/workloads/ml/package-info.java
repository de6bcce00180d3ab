@NullMarked
package io.berth.workloads.ml;

import org.jspecify.annotations.NullMarked;

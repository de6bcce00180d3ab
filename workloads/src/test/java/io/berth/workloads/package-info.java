@NullMarked
package io.berth.workloads;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.berth.workloads.streaming;

import org.jspecify.annotations.NullMarked;

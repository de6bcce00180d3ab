@NullMarked
package io.berth.workloads.io;

import org.jspecify.annotations.NullMarked;

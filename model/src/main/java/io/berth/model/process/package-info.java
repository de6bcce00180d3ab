/** How a process started by berth stays bound to the life of its parent. */
@NullMarked
package io.berth.model.process;

import org.jspecify.annotations.NullMarked;

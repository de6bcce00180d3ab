/** A directory of this machine, on disk or in memory. */
@NullMarked
package io.berth.storage.local;

import org.jspecify.annotations.NullMarked;

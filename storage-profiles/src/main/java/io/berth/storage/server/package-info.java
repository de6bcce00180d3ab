/** Servers that a storage starts for one run. */
@NullMarked
package io.berth.storage.server;

import org.jspecify.annotations.NullMarked;

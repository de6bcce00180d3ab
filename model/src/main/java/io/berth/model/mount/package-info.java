/** What a directory is mounted from: expected, and as the kernel tells it. */
@NullMarked
package io.berth.model.mount;

import org.jspecify.annotations.NullMarked;

/** Any mounted directory, which must prove what it is. */
@NullMarked
package io.berth.storage.mount;

import org.jspecify.annotations.NullMarked;

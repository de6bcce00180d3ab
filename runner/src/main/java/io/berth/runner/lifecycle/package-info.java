/** Volumes of a StorageClass, measured from their claim to their deletion. */
@NullMarked
package io.berth.runner.lifecycle;

import org.jspecify.annotations.NullMarked;

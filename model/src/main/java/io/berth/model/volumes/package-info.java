/** The lives of volumes of a StorageClass, from their claim to their deletion. */
@NullMarked
package io.berth.model.volumes;

import org.jspecify.annotations.NullMarked;

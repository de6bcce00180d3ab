/** Storage that Kubernetes mounts into pods. */
@NullMarked
package io.berth.storage.volume;

import org.jspecify.annotations.NullMarked;

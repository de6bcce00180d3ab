/** GlusterFS volumes that Heketi makes. */
@NullMarked
package io.berth.storage.heketi;

import org.jspecify.annotations.NullMarked;

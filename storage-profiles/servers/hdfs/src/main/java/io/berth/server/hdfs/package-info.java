/** The servers of {@code hdfs-embedded}. */
@NullMarked
package io.berth.server.hdfs;

import org.jspecify.annotations.NullMarked;

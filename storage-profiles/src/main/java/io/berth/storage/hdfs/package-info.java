/** The Hadoop distributed file system, of this run's own or of somebody else. */
@NullMarked
package io.berth.storage.hdfs;

import org.jspecify.annotations.NullMarked;

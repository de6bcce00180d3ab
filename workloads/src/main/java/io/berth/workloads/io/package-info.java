/** Raw streams from Spark tasks through the Hadoop file system API: what TestDFSIO measures, as a Spark application. */
@NullMarked
package io.berth.workloads.io;

import org.jspecify.annotations.NullMarked;

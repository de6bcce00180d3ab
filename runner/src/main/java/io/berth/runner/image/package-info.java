/** The container image that drivers, executors, HDFS's daemons and helpers are started from. */
@NullMarked
package io.berth.runner.image;

import org.jspecify.annotations.NullMarked;

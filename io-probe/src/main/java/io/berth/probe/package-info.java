/** The Spark plugin: which task waited for storage, shipped to the driver and told to whoever asks there. */
@NullMarked
package io.berth.probe;

import org.jspecify.annotations.NullMarked;
